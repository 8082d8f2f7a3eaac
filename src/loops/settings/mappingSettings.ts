import { isForTrainer, SETTING_NAMES } from './settingNames.js';
import {
  SETTING_ROLES,
  type Setting,
  type SettingRole,
  type SettingSlot,
  type SettingsDialect,
  type SettingsFormat,
  type SettingsSource,
} from './settingsSource.js';
import {
  treeAt,
  type SettingsEntry,
  type SettingsMapping,
  type SettingsTree,
  type SiblingPlace,
} from './settingsTree.js';

/** Which program a mapping speaks to, told by keys that only it has; null for everything else. */
export function dialectOf(mapping: SettingsMapping): Exclude<SettingsDialect, 'other'> | null {
  const names = new Set(mapping.entries.map(({ name }) => name));
  const has = (...wanted: string[]) => wanted.some((name) => names.has(name));
  if (
    has('train_micro_batch_size_per_gpu', 'zero_optimization') ||
    (has('train_batch_size', 'gradient_clipping') && has('fp16', 'bf16', 'optimizer'))
  ) {
    return 'deepspeed';
  }
  if (has('compute_environment') && has('distributed_type')) {
    return 'accelerate';
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
    return isHydras(mapping) ? 'hydra' : 'lightning';
  }
  return isForTrainer(names) && speaksOfRate(names) ? 'transformers' : null;
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

/** `defaults` and `hydra` at the top, or classes by `_target_`: the LightningCLI says `class_path`. */
function isHydras(mapping: SettingsMapping): boolean {
  return mapping.entries.some(
    ({ name }) =>
      ['defaults', 'hydra', 'hydra_logging'].includes(name) || treeAt(mapping, [name, '_target_']) !== undefined,
  );
}

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
    return known ? [] : (slotFor(mapping, role, names[role] ?? [], format) ?? []);
  });
  const keys = new Set(mapping.entries.map(({ name }) => name));
  return { format, dialect, shape: 'mapping', names: keys, span: mapping.span, settings, slots };
}

function settingAt(
  mapping: SettingsMapping,
  role: SettingRole,
  name: string,
  above: readonly string[],
): Setting | null {
  const path = name.split('.');
  // A word in the place of a list ("betas": "auto") stands for all of its items.
  const isItem = /^\d+$/.test(path.at(-1) ?? '');
  const value = treeAt(mapping, path) ?? (isItem ? treeAt(mapping, path.slice(0, -1)) : undefined);
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

/** Beside the last entry of the mapping that the name belongs to. */
function slotFor(
  mapping: SettingsMapping,
  role: SettingRole,
  names: readonly string[],
  format: SettingsFormat,
): SettingSlot[] | null {
  for (const path of names.map((name) => name.split('.'))) {
    const last = path.at(-1) as string;
    const holder = treeAt(mapping, path.slice(0, -1));
    const sibling = holder?.kind === 'mapping' ? lastSibling(holder) : null;
    if (sibling && !/^\d+$/.test(last)) {
      const { offset, beforeName, betweenNameAndValue } = sibling;
      return [{ role, name: last, offset, before: beforeName + last + betweenNameAndValue, after: '' }];
    }
    const made = holder ? null : (betasSlot(mapping, role, path) ?? sectionSlot(mapping, role, path, format));
    if (made) {
      return [made];
    }
  }
  return null;
}

function lastSibling({ entries }: SettingsMapping): SiblingPlace | null {
  return entries.findLast(({ sibling }) => sibling !== null)?.sibling ?? null;
}

/** Both betas come as one list, of which one is new; the other keeps the default of Adam [code torch/optim/adam.py]. */
function betasSlot(mapping: SettingsMapping, role: SettingRole, path: readonly string[]): SettingSlot | null {
  const [name, index] = path.slice(-2);
  const holder = treeAt(mapping, path.slice(0, -2));
  const sibling = holder?.kind === 'mapping' ? lastSibling(holder) : null;
  if (name !== 'betas' || !sibling) {
    return null;
  }
  const before = `${sibling.beforeName}betas${sibling.betweenNameAndValue}[`;
  return index === '1'
    ? { role, name, offset: sibling.offset, before: `${before}0.9, `, after: ']' }
    : { role, name, offset: sibling.offset, before, after: ', 0.999]' };
}

/** Sections that are complete with one entry. */
const WHOLE_SECTIONS = new Set(['bf16.enabled']);

function sectionSlot(
  mapping: SettingsMapping,
  role: SettingRole,
  path: readonly string[],
  format: SettingsFormat,
): SettingSlot | null {
  const sibling = WHOLE_SECTIONS.has(path.join('.')) ? lastSibling(mapping) : null;
  if (!sibling) {
    return null;
  }
  const [section, name] = path as [string, string];
  const quote = format === 'json' ? '"' : '';
  const sign = format === 'toml' ? ' = ' : ': ';
  const before = `${sibling.beforeName}${section}${sibling.betweenNameAndValue}{ ${quote}${name}${quote}${sign}`;
  return { role, name, offset: sibling.offset, before, after: ' }' };
}
