/** A command that goes on from a checkpoint. */
export interface Resumed {
  readonly command: readonly string[];
  /** The checkpoint is named; else the script looks for one itself, which may be a later one. */
  readonly isNamed: boolean;
}

/** A command whose learning rate is another. */
export interface Slowed {
  readonly command: readonly string[];
  /** As it was written. */
  readonly from: string;
  readonly to: string;
}

/** Options by which scripts take the checkpoint that they go on from, the plainest first. */
const RESUME_NAMES = [
  'resume_from_checkpoint',
  'resume-from-checkpoint',
  'resume-from',
  'resume_from',
  'resume',
  'load-checkpoint',
  'load_checkpoint',
  'restore',
  'init-from',
  'init_from',
  'ckpt-path',
  'ckpt_path',
  'checkpoint',
  'ckpt',
  'load',
];
const RATE_NAMES = ['learning-rate', 'learning_rate', 'lr', 'max-lr', 'max_lr', 'base-lr', 'base_lr'];

/**
 * The command that goes on from a checkpoint, by an option of the script's own; undefined where it has none.
 * @param source text of the script; "" where it is not known.
 * @param checkpoint absolute.
 */
export function resumedFrom(command: readonly string[], source: string, checkpoint: string): Resumed | undefined {
  const option = optionIn(command, source, RESUME_NAMES);
  if (!option) {
    return undefined;
  }
  if (option.isFlag) {
    return { command: withFlag(command, option.word), isNamed: false };
  }
  return isMode(option.word, source)
    ? { command: withValue(command, option, RESUME_MODE), isNamed: false }
    : { command: withValue(command, option, checkpoint), isNamed: true };
}

/** The command with its learning rate multiplied; undefined where no option of the script's own says what it is. */
export function atRate(command: readonly string[], source: string, factor: number): Slowed | undefined {
  const option = optionIn(command, source, RATE_NAMES);
  const from = option && (valueIn(command, option.word) ?? option.standard);
  const number = from === undefined ? NaN : Number(from);
  if (!option || from === undefined || !(number > 0)) {
    return undefined;
  }
  const to = String(Number((number * factor).toPrecision(6)));
  return { command: withValue(command, option, to), from, to };
}

/** nanoGPT's word for going on from the checkpoint in its own output folder. */
const RESUME_MODE = 'resume';

/** The option chooses between ways to begin and takes no path. */
function isMode(word: string, source: string): boolean {
  const name = word.replace(/^--/, '').replaceAll('-', '[-_]');
  return new RegExp(`\\b${name}\\s*==\\s*["']${RESUME_MODE}["']`).test(source);
}

interface ScriptOption {
  /** As it is written: "--lr", or "lr" where it is given as lr=VALUE. */
  readonly word: string;
  /** Takes no value. */
  readonly isFlag: boolean;
  /** Takes its value behind "=" and no other way. */
  readonly joins?: boolean;
  readonly standard: string | undefined;
}

function optionIn(command: readonly string[], source: string, names: readonly string[]): ScriptOption | undefined {
  for (const name of names) {
    const given = [`--${name}`, name].find((word) => valueIn(command, word) !== undefined);
    if (given !== undefined) {
      return { word: given, isFlag: false, standard: undefined };
    }
  }
  for (const name of names) {
    const declared = declaration(source, name);
    if (declared) {
      return declared;
    }
  }
  return undefined;
}

/** `add_argument("--lr", default=0.1)`, `'--resume'` in a script that looks into its own arguments, `resume: { type: 'string' }` of parseArgs. */
function declaration(source: string, name: string): ScriptOption | undefined {
  const implied = impliedOption(source, name);
  if (implied) {
    return implied;
  }
  const quoted = new RegExp(`["']--${name}["']([^\\n]*(?:\\n[^\\n]*){0,3})`).exec(source)?.[1];
  const parsed = new RegExp(`["']?\\b${name}["']?\\s*:\\s*\\{\\s*type:\\s*["']string["']([^}]*)`).exec(source)?.[1];
  const rest = quoted ?? parsed;
  if (rest === undefined) {
    return undefined;
  }
  const own = rest.split(/add_argument|add_option/)[0] ?? '';
  return {
    word: `--${name}`,
    isFlag: /store_true|BooleanOptionalAction/.test(own),
    standard: /default\s*[=:]\s*["']?([\d.eE+-]+)/.exec(own)?.[1],
  };
}

/** Options of scripts whose names stand nowhere in quotes: those of HfArgumentParser, and globals that nanoGPT's configurator sets. */
function impliedOption(source: string, name: string): ScriptOption | undefined {
  if (/\b(?:Hf|Trl)(?:Argument)?Parser\b/.test(source)) {
    const standard = HF_OPTIONS[name];
    const isUsed = name !== 'resume_from_checkpoint' || source.includes(name);
    return standard !== undefined && isUsed
      ? { word: `--${name}`, isFlag: false, standard: standard || undefined }
      : undefined;
  }
  const global = /\bconfigurator\.py\b/.test(source)
    ? new RegExp(`^${name}\\s*=\\s*["']?([^\\s"'#]+)`, 'm').exec(source)?.[1]
    : undefined;
  return global === undefined ? undefined : { word: `--${name}`, isFlag: false, standard: global, joins: true };
}

/** Of `TrainingArguments`, with what is taken where they are not given ("": nothing) [code transformers/training_args.py]. */
const HF_OPTIONS: Readonly<Record<string, string>> = { resume_from_checkpoint: '', learning_rate: '5e-5' };

function valueIn(command: readonly string[], word: string): string | undefined {
  const joined = command.find((one) => one.startsWith(`${word}=`));
  const index = word.startsWith('-') ? command.indexOf(word) : -1;
  return joined?.slice(word.length + 1) ?? (index < 0 ? undefined : command[index + 1]);
}

function withValue(
  command: readonly string[],
  { word, joins = false }: ScriptOption,
  value: string,
): readonly string[] {
  const joined = command.findIndex((one) => one.startsWith(`${word}=`));
  if (joined >= 0) {
    return command.with(joined, `${word}=${value}`);
  }
  const index = command.indexOf(word);
  return index >= 0 ? command.with(index + 1, value) : [...command, ...(joins ? [`${word}=${value}`] : [word, value])];
}

function withFlag(command: readonly string[], word: string): readonly string[] {
  return command.includes(word) ? command : [...command, word];
}
