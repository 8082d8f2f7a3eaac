import type { JsonValue } from '../model/json.js';
import type { RunConfiguration } from '../model/run.js';

/**
 * What people look at first in the settings of a run that goes wrong, in this order: the step size and its schedule,
 * what else decides how large a step is, the batch, the numbers' precision, the length, the seed, the model.
 */
const TELLING: readonly RegExp[] = [
  /^(base_|max_|peak_|initial_)?(lr|learning_rate)$/,
  /^(lr_)?(scheduler|schedule|decay)(_type|_name)?$/,
  /^(num_)?warmup(_steps|_ratio|_iters|_epochs)?$/,
  /^optim(izer)?(_name|_type)?$/,
  /^(adam_)?(beta_?[12]|betas|eps|epsilon|momentum)$/,
  /^(weight_decay|wd)$/,
  /^((max_)?grad(ient)?_(norm|clip)(_val|ping)?|clip_grad(_norm)?|clip)$/,
  /^((per_device_)?(train_)?batch_size|global_batch_size|gradient_accumulation_steps|accumulate_grad_batches)$/,
  /^(precision|dtype|torch_dtype|fp16|bf16|amp)$/,
  /^((num_)?(train_)?epochs|max_(steps|epochs|iters)|total_steps)$/,
  /^seed$/,
  /^(model|model_name|model_name_or_path|arch|architecture)$/,
];

export interface Settings {
  /** The ones that tell most, most telling first. */
  readonly telling: readonly Setting[];
  /** All others, by name. */
  readonly others: readonly Setting[];
}

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Settings in the order in which they are read, those that hold all of the words in name or value. */
export function arrangeSettings(configuration: RunConfiguration, search = ''): Settings {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const all = Object.entries(configuration)
    .map(([name, value]) => ({ name, value: valueText(value), rank: rankOf(name) }))
    .filter(({ name, value }) => words.every((word) => `${name} ${value}`.toLowerCase().includes(word)));
  const strip = ({ name, value }: Setting): Setting => ({ name, value });
  return {
    telling: all
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => a.rank - b.rank || byName(a, b))
      .map(strip),
    others: all
      .filter(({ rank }) => rank < 0)
      .sort(byName)
      .map(strip),
  };
}

/** A setting that the runs of a comparison do not share. */
export interface DifferingSetting {
  readonly name: string;
  /** In the order of the runs; undefined where a run does not say. */
  readonly values: readonly (string | undefined)[];
}

/**
 * Settings in which runs differ, the most telling first. A run that names no settings at all differs in none: its log
 * does not carry them.
 */
export function differingSettings(configurations: readonly (RunConfiguration | undefined)[]): DifferingSetting[] {
  const telling = configurations.map((each) => (each && Object.keys(each).length > 0 ? each : undefined));
  const names = new Set(telling.flatMap((each) => Object.keys(each ?? {})));
  return [...names]
    .map((name) => ({
      name,
      rank: rankOf(name),
      values: telling.map((each) => (each && Object.hasOwn(each, name) ? valueText(each[name]!) : undefined)),
    }))
    .filter(({ values }) => new Set(values.filter((_value, index) => telling[index])).size > 1)
    .sort((a, b) => Number(a.rank < 0) - Number(b.rank < 0) || a.rank - b.rank || byName(a, b))
    .map(({ name, values }) => ({ name, values }));
}

/** The part of a name behind its last `.` or `/` says what it sets. */
function rankOf(name: string): number {
  const last = name.split(/[./]/).at(-1)!.toLowerCase().replaceAll('-', '_');
  return TELLING.findIndex((pattern) => pattern.test(last));
}

const byName = (a: Pick<Setting, 'name'>, b: Pick<Setting, 'name'>): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function valueText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
