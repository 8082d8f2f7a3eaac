import { SETTING_NAMES, TRAINER_NAMES } from './settingNames.js';
import {
  SETTING_ROLES,
  type Setting,
  type SettingRole,
  type SettingSlot,
  type SettingsDialect,
  type SettingsFormat,
  type SettingsSource,
} from './settingsSource.js';
import { treeAt, type SettingsEntry, type SettingsMapping, type SettingsTree } from './settingsTree.js';

/** Which program a mapping speaks to, told by keys that only it has; null for everything else. */
export function dialectOf(mapping: SettingsMapping): Exclude<SettingsDialect, 'other'> | null {
  const names = new Set(mapping.entries.map(({ name }) => name));
  const has = (...wanted: string[]) => wanted.some((name) => names.has(name));
  if (has('train_micro_batch_size_per_gpu', 'zero_optimization') || (has('train_batch_size') && has('fp16', 'bf16'))) {
    return 'deepspeed';
  }
  if (has('base_model') && has('sequence_len', 'micro_batch_size', 'adapter', 'datasets')) {
    return 'axolotl';
  }
  if (
    has('finetuning_type', 'do_train', 'stage') &&
    has('model_name_or_path') &&
    has('template', 'cutoff_len', 'dataset')
  ) {
    return 'llama-factory';
  }
  const trainer = treeAt(mapping, ['trainer']);
  if (trainer?.kind === 'mapping' && isLightning(trainer)) {
    return 'lightning';
  }
  return [...names].some((name) => TRAINER_NAMES.has(name)) && speaksOfRate(names) ? 'transformers' : null;
}

const LIGHTNING_NAMES = [
  'max_epochs',
  'max_steps',
  'accelerator',
  'devices',
  'precision',
  'gradient_clip_val',
  'accumulate_grad_batches',
];

function isLightning({ entries }: SettingsMapping): boolean {
  return entries.some(({ name }) => LIGHTNING_NAMES.includes(name));
}

/** One name could be anything's; a second one is asked for. */
function speaksOfRate(names: ReadonlySet<string>): boolean {
  const known = Object.values(SETTING_NAMES.transformers).flat();
  return known.filter((name) => names.has(name)).length >= 2;
}

/** The settings of one mapping in the words of its dialect. */
export function settingsInMapping(
  mapping: SettingsMapping,
  dialect: SettingsDialect,
  format: SettingsFormat,
  above: readonly string[],
): SettingsSource {
  const names = SETTING_NAMES[dialect];
  const settings = SETTING_ROLES.flatMap((role) =>
    (names[role] ?? []).flatMap((name) => settingAt(mapping, role, name, above) ?? []),
  ).sort((one, other) => one.key.start - other.key.start);
  const slots = SETTING_ROLES.flatMap((role): SettingSlot[] => {
    const known = settings.some((setting) => setting.role === role);
    return known ? [] : (slotFor(mapping, role, names[role] ?? []) ?? []);
  });
  return { format, dialect, span: mapping.span, settings, slots };
}

function settingAt(
  mapping: SettingsMapping,
  role: SettingRole,
  name: string,
  above: readonly string[],
): Setting | null {
  const path = name.split('.');
  const value = treeAt(mapping, path);
  if (value?.kind !== 'scalar' || value.block) {
    return null;
  }
  return {
    role,
    name: path.at(-1) ?? name,
    path: [...above, ...path],
    key: entryAt(mapping, path)?.key ?? value.span,
    value: value.span,
    quoted: value.quoted,
    current: value.value,
  };
}

/** The entry of the last key of a path; of a list's item the entry that holds the list. */
function entryAt(mapping: SettingsMapping, path: readonly string[]): SettingsEntry | undefined {
  const holder: SettingsTree | undefined = treeAt(mapping, path.slice(0, -1));
  if (holder?.kind === 'mapping') {
    return holder.entries.findLast(({ name }) => name === path.at(-1));
  }
  return path.length > 1 ? entryAt(mapping, path.slice(0, -1)) : undefined;
}

/** Beside the last plain value of the mapping that the name belongs to. */
function slotFor(mapping: SettingsMapping, role: SettingRole, names: readonly string[]): SettingSlot[] | null {
  for (const path of names.map((name) => name.split('.'))) {
    const name = path.at(-1) as string;
    const holder = treeAt(mapping, path.slice(0, -1));
    const beside = holder?.kind === 'mapping' ? holder.entries.findLast(({ sibling }) => sibling !== null) : undefined;
    if (beside?.sibling && !/^\d+$/.test(name)) {
      const { offset, beforeName, betweenNameAndValue } = beside.sibling;
      return [{ role, name, offset, before: beforeName + name + betweenNameAndValue, after: '' }];
    }
  }
  return null;
}
