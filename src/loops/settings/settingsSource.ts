/** Where in a text something stands: offsets in UTF-16 code units, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What settings of training mean, whatever a program calls them. */
export const SETTING_ROLES = [
  'learning-rate',
  'scheduler',
  'warmup-steps',
  'warmup-ratio',
  'max-grad-norm',
  'clip-value',
  'clip-algorithm',
  'optimizer',
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
  'accumulation',
  'max-steps',
  'epochs',
  'seed',
] as const;
export type SettingRole = (typeof SETTING_ROLES)[number];

/** Programs whose names for the settings are known; settings of others are read by their common names, never added. */
export type SettingsDialect = 'transformers' | 'llama-factory' | 'axolotl' | 'lightning' | 'deepspeed' | 'other';

export type SettingsFormat = 'yaml' | 'json' | 'toml' | 'command-line';

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
  /** The value stands in quotes. */
  readonly quoted: boolean;
  /** What the value is; a word as written where it is neither a number nor a boolean. */
  readonly current: number | string | boolean | null;
}

/** A mapping or a command in which settings of one training run stand together. */
export interface SettingsSource {
  readonly format: SettingsFormat;
  readonly dialect: SettingsDialect;
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

export function settingOf(source: SettingsSource, role: SettingRole): Setting | null {
  // Of a key that is given twice the last one counts, in all of these formats that allow it.
  return source.settings.findLast((setting) => setting.role === role) ?? null;
}

/**
 * The change by which the program reads `value` for the role, or null when this source has no place for it. A change
 * that would leave the text as it is comes back with the same text: callers can tell by comparing.
 */
export function changeSetting(
  source: SettingsSource,
  role: SettingRole,
  value: number | string | boolean,
  text: string,
): SettingChange | null {
  const known = settingOf(source, role);
  if (known) {
    return replaceValue(known, source, value, text);
  }
  const slot = source.slots.find((candidate) => candidate.role === role);
  if (!slot) {
    return null;
  }
  return { start: slot.offset, end: slot.offset, newText: slot.before + written(value, source.format) + slot.after };
}

function replaceValue(
  setting: Setting,
  { format }: SettingsSource,
  value: number | string | boolean,
  text: string,
): SettingChange {
  const { start, end } = setting.value;
  // `--bf16` alone stands for true; anything else has to be said.
  const isFlag = format === 'command-line' && start === end && text.charAt(start - 1) !== '=';
  const newText = setting.quoted ? String(value) : written(value, format);
  return { start, end, newText: (isFlag ? ' ' : '') + newText };
}

function written(value: number | string | boolean, format: SettingsFormat): string {
  if (typeof value === 'string') {
    return format === 'json' || format === 'toml' ? JSON.stringify(value) : value;
  }
  const text = String(value);
  // YAML 1.1, which Python reads, takes 1e-7 for a word and 1.0e-7 for a number.
  return format === 'yaml' && /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
}
