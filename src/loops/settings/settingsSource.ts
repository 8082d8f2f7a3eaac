/** Where in a text something stands: offsets in UTF-16 code units, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What settings of training mean, whatever a program calls them. */
export const SETTING_ROLES = [
  'learning-rate',
  'scheduler',
  'scheduler-arguments',
  'warmup-steps',
  'warmup-ratio',
  'max-grad-norm',
  'clip-value',
  'clip-algorithm',
  'optimizer',
  'decoupled-decay',
  'weight-decay',
  'beta1',
  'beta2',
  'epsilon',
  'bf16',
  'fp16',
  'precision',
  'loss-scale',
  'initial-scale-power',
  'loss-scale-window',
  'min-loss-scale',
  'batch-size',
  'global-batch-size',
  'accumulation',
  'early-stopping',
  'max-steps',
  'epochs',
  'seed',
] as const;
export type SettingRole = (typeof SETTING_ROLES)[number];

/** Programs whose names for the settings are known; settings of others are read by their common names, never added. */
export type SettingsDialect =
  'transformers' | 'llama-factory' | 'axolotl' | 'lightning' | 'hydra' | 'deepspeed' | 'accelerate' | 'other';

export type SettingsFormat = 'yaml' | 'json' | 'toml' | 'command-line';

/** How the settings are put down: keys of a mapping, the words of a command, or the same words in a list of strings. */
export type SettingsShape = 'mapping' | 'command' | 'list';

/** Options that a setting takes, by name. */
export type SettingOptions = Readonly<Record<string, number | string>>;

export type SettingValue = number | string | boolean | SettingOptions;

/** One value as it is written. */
export interface Setting {
  readonly role: SettingRole;
  /** The program's own name for it: "max_grad_norm", "gradient_clipping". */
  readonly name: string;
  /** Keys from the top of the file; for a command line the option alone. */
  readonly path: readonly string[];
  readonly key: Span;
  /** The value without quotes; empty behind an option without one (`--bf16`). */
  readonly value: Span;
  /** The value stands in quotes, or needs none where words are all there is. */
  readonly quoted: boolean;
  /** What the value is; a word as written where it is neither a number nor a boolean. */
  readonly current: number | string | boolean | null;
}

/** A mapping or a command in which settings of one training run stand together. */
export interface SettingsSource {
  readonly format: SettingsFormat;
  readonly dialect: SettingsDialect;
  readonly shape: SettingsShape;
  /** Every key of the mapping, every option of the command: what tells of the version of a program. */
  readonly names: ReadonlySet<string>;
  /** The whole mapping or command. */
  readonly span: Span;
  readonly settings: readonly Setting[];
  /** Where the program expects each setting, also those that are not there yet. */
  readonly slots: readonly SettingSlot[];
}

/** How a setting that is not there yet would be written. */
export interface SettingSlot {
  readonly role: SettingRole;
  readonly name: string;
  /** Where the new text goes. */
  readonly offset: number;
  /** Text before and behind the value: `\n  max_grad_norm: ` and the empty string. */
  readonly before: string;
  readonly after: string;
}

/** A change of a settings file that sets one role to a value. */
export interface SettingChange extends Span {
  readonly newText: string;
}

/** The setting that counts: of a key that is given twice the last one, in all of these formats that allow it. */
export function settingOf(source: SettingsSource, role: SettingRole): Setting | null {
  return source.settings.findLast((setting) => setting.role === role) ?? null;
}

/** All that play a role, one for each key: DeepSpeed takes the learning rate from its optimizer and its scheduler. */
export function settingsOf(source: SettingsSource, role: SettingRole): readonly Setting[] {
  const byPath = new Map(
    source.settings
      .filter((setting) => setting.role === role)
      .map((setting) => [setting.path.join('\n'), setting] as const),
  );
  return [...byPath.values()];
}

/**
 * The changes by which the program reads `value` for the role, one for each key that plays it; null when this source has
 * no place for it. Changes that would leave the text as it is come back with the same text: callers can compare.
 */
export function changeSetting(
  source: SettingsSource,
  role: SettingRole,
  value: SettingValue,
  text: string,
): readonly SettingChange[] | null {
  const known = settingsOf(source, role);
  if (known.length > 0) {
    return known.map((setting) => replaceValue(setting, source, value, text));
  }
  const slot = source.slots.find((candidate) => candidate.role === role);
  if (!slot) {
    return null;
  }
  const newText = slot.before + written(forRole(role, value), source, '') + slot.after;
  return [{ start: slot.offset, end: slot.offset, newText }];
}

/** The change that gives an option another name and leaves its value: `--fp16` becomes `--bf16`. */
export function renameSetting({ key, name }: Setting, newName: string, text: string): SettingChange | null {
  const at = text.slice(key.start, key.end).indexOf(name);
  return at < 0 ? null : { start: key.start + at, end: key.start + at + name.length, newText: newName };
}

function replaceValue(setting: Setting, source: SettingsSource, value: SettingValue, text: string): SettingChange {
  const { start, end } = setting.value;
  const before = text.slice(start, end);
  const wanted = forRole(setting.role, value);
  // `--bf16` alone stands for true; anything else has to be said.
  if (source.format === 'command-line' && start === end && text.charAt(start - 1) !== '=') {
    return { start, end, newText: wanted === true ? '' : ` ${written(wanted, source, before)}` };
  }
  return { start, end, newText: setting.quoted ? plain(wanted, before, false) : written(wanted, source, before) };
}

/** Roles whose values programs want as floats. */
const FLOATS: ReadonlySet<SettingRole> = new Set([
  'learning-rate',
  'warmup-ratio',
  'max-grad-norm',
  'clip-value',
  'weight-decay',
  'beta1',
  'beta2',
  'epsilon',
]);

/** A number that has to be written as a float although it is whole. */
function forRole(role: SettingRole, value: SettingValue): SettingValue | { readonly float: number } {
  return typeof value === 'number' && Number.isInteger(value) && FLOATS.has(role) ? { float: value } : value;
}

type Written = SettingValue | { readonly float: number };

function isFloat(value: Written): value is { readonly float: number } {
  return typeof value === 'object' && typeof value['float'] === 'number' && Object.keys(value).length === 1;
}

function written(value: Written, { format, shape }: SettingsSource, before: string): string {
  if (isFloat(value) || typeof value === 'number' || typeof value === 'boolean') {
    return plain(value, before, format === 'yaml');
  }
  if (typeof value === 'object') {
    const options = optionsText(value, format);
    return shape === 'command' ? `'${options}'` : shape === 'list' ? JSON.stringify(options).slice(1, -1) : options;
  }
  return format === 'json' || format === 'toml' ? JSON.stringify(value) : value;
}

/** In the notation of the text that it replaces: "1e-4" stays a power of ten, "True" keeps its capital. */
function plain(value: Written, before: string, isYaml: boolean): string {
  if (typeof value === 'boolean') {
    const word = String(value);
    return /^[TF]/.test(before) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  }
  if (isFloat(value)) {
    return `${value.float}.0`;
  }
  if (typeof value !== 'number') {
    return typeof value === 'string' ? value : optionsText(value, 'json');
  }
  const text = /\de[-+]?\d/i.test(before) ? value.toExponential() : String(value);
  // YAML 1.1, which Python reads, takes 1e-7 for a word and 1.0e-7 for a number.
  return isYaml && /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
}

/** One line that every reader of the format understands. */
function optionsText(options: SettingOptions, format: SettingsFormat): string {
  const sign = format === 'toml' ? ' = ' : ': ';
  const name = (key: string) => (format === 'toml' || format === 'yaml' ? key : JSON.stringify(key));
  const entries = Object.entries(options).map(([key, value]) => name(key) + sign + JSON.stringify(value));
  return format === 'yaml' ? `{${entries.join(', ')}}` : `{ ${entries.join(', ')} }`;
}
