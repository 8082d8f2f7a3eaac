/** What the next job is started with, and what is to be said of it. */
export interface Relaunch {
  readonly command: readonly string[];
  /** A line each. */
  readonly notes: readonly string[];
}

export interface RelaunchWish {
  readonly command: readonly string[];
  /** Text of the script that the command runs; "" where it is not known. */
  readonly source: string;
  /** Absolute; undefined: from the beginning. */
  readonly checkpoint: string | undefined;
  /** What the learning rate is multiplied by; 1 leaves it. */
  readonly rateFactor: number;
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

/** The command that goes on from a checkpoint, with what can be changed by options of the script's own. */
export function relaunchOf(wish: RelaunchWish): Relaunch {
  const resumed = resume(wish);
  const slowed = lowerRate(resumed.command, wish);
  return { command: slowed.command, notes: [...resumed.notes, ...slowed.notes] };
}

function resume({ command, source, checkpoint }: RelaunchWish): Relaunch {
  if (checkpoint === undefined) {
    return { command, notes: ['No checkpoint from before the trouble was found: it starts from the beginning.'] };
  }
  const option = optionIn(command, source, RESUME_NAMES);
  if (!option) {
    return {
      command,
      notes: [`The script has no option to go on from a checkpoint: edit the command so that it loads ${checkpoint}.`],
    };
  }
  return {
    command: option.isFlag ? withFlag(command, option.word) : withValue(command, option.word, checkpoint),
    notes: [],
  };
}

function lowerRate(command: readonly string[], { source, rateFactor }: RelaunchWish): Relaunch {
  if (rateFactor === 1) {
    return { command, notes: [] };
  }
  const option = optionIn(command, source, RATE_NAMES);
  const rate = option && (valueIn(command, option.word) ?? option.standard);
  const number = rate === undefined ? NaN : Number(rate);
  if (!option || !(number > 0)) {
    return { command, notes: [] };
  }
  const lowered = String(Number((number * rateFactor).toPrecision(6)));
  return { command: withValue(command, option.word, lowered), notes: [`Learning rate ${rate} → ${lowered}.`] };
}

interface ScriptOption {
  /** As it is written: "--lr", or "lr" where it is given as lr=VALUE. */
  readonly word: string;
  /** Takes no value. */
  readonly isFlag: boolean;
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

function valueIn(command: readonly string[], word: string): string | undefined {
  const joined = command.find((one) => one.startsWith(`${word}=`));
  const index = word.startsWith('-') ? command.indexOf(word) : -1;
  return joined?.slice(word.length + 1) ?? (index < 0 ? undefined : command[index + 1]);
}

function withValue(command: readonly string[], word: string, value: string): readonly string[] {
  const joined = command.findIndex((one) => one.startsWith(`${word}=`));
  if (joined >= 0) {
    return command.with(joined, `${word}=${value}`);
  }
  const index = command.indexOf(word);
  return index >= 0 ? command.with(index + 1, value) : [...command, word, value];
}

function withFlag(command: readonly string[], word: string): readonly string[] {
  return command.includes(word) ? command : [...command, word];
}
