import type { RuleLevel } from '../model/loop.js';
import { roleMatches, ROLES, type Role } from '../model/role.js';

/** The part of JSON Schema that the manifest describes settings with. */
export interface SettingSchema {
  readonly type: 'boolean' | 'number' | 'string' | 'array' | 'object';
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: { readonly type: 'string' };
  readonly additionalProperties?: { readonly type: 'string'; readonly enum?: readonly string[] };
}

/**
 * One setting: the manifest, the reading code and the documentation all take it from here.
 * `accepts` is the last word on a value, since a settings.json can hold anything.
 */
export interface Setting<Value> {
  readonly id: `evenkeel.${string}`;
  readonly description: string;
  readonly scope: 'window' | 'machine-overridable' | 'resource';
  /** Not taken from a workspace that is not trusted. */
  readonly restricted: boolean;
  readonly schema: SettingSchema;
  readonly default: Value;
  accepts(value: unknown): value is Value;
}

type SettingText = Pick<Setting<unknown>, 'id' | 'description'> & { readonly restricted?: boolean };

function flag(text: SettingText, defaultValue: boolean): Setting<boolean> {
  return {
    ...common(text),
    schema: { type: 'boolean' },
    default: defaultValue,
    accepts: (value): value is boolean => typeof value === 'boolean',
  };
}

function number(text: SettingText, defaultValue: number, minimum: number, maximum: number): Setting<number> {
  return {
    ...common(text),
    schema: { type: 'number', minimum, maximum },
    default: defaultValue,
    accepts: (value): value is number => typeof value === 'number' && value >= minimum && value <= maximum,
  };
}

function strings(text: SettingText, defaultValue: readonly string[]): Setting<readonly string[]> {
  return {
    ...common(text),
    schema: { type: 'array', items: { type: 'string' } },
    default: defaultValue,
    accepts: (value): value is readonly string[] =>
      Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
  };
}

function choice<Value extends string>(
  text: SettingText,
  defaultValue: Value,
  choices: Readonly<Record<Value, string>>,
): Setting<Value> {
  const values = Object.keys(choices) as Value[];
  return {
    ...common(text),
    schema: { type: 'string', enum: values, enumDescriptions: values.map((value) => choices[value]) },
    default: defaultValue,
    accepts: (value): value is Value => values.some((known) => known === value),
  };
}

function roleTable(text: SettingText): Setting<Readonly<Record<string, Role>>> {
  return {
    ...common(text),
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    default: {},
    accepts: (value): value is Readonly<Record<string, Role>> =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isRole),
  };
}

function patternTable(text: SettingText): Setting<Readonly<Record<string, string>>> {
  return {
    ...common(text),
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    default: {},
    accepts: (value): value is Readonly<Record<string, string>> =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((pattern) => typeof pattern === 'string'),
  };
}

function levelTable(text: SettingText): Setting<Readonly<Record<string, RuleLevel>>> {
  return {
    ...common(text),
    schema: { type: 'object', additionalProperties: { type: 'string', enum: RULE_LEVELS } },
    default: {},
    accepts: (value): value is Readonly<Record<string, RuleLevel>> =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((level) => RULE_LEVELS.some((known) => known === level)),
  };
}

function text(words: SettingText): Setting<string> {
  return {
    ...common(words),
    schema: { type: 'string' },
    default: '',
    accepts: (value): value is string => typeof value === 'string',
  };
}

function count(words: SettingText, defaultValue: number, minimum: number, maximum: number): Setting<number> {
  const any = number(words, defaultValue, minimum, maximum);
  return { ...any, accepts: (value): value is number => any.accepts(value) && Number.isInteger(value) };
}

const RULE_LEVELS: readonly RuleLevel[] = ['off', 'info', 'warning', 'error'];

function isRole(value: unknown): boolean {
  return typeof value === 'string' && ROLES.some((pattern) => roleMatches(value, pattern));
}

function common({ id, description, restricted = false }: SettingText) {
  return { id, description, restricted, scope: 'window' } as const;
}

export const SETTINGS = {
  runFolders: strings(
    {
      id: 'evenkeel.runs.folders',
      description: 'Folders to look for runs in besides the workspace: absolute, or relative to each workspace folder.',
      restricted: true,
    },
    [],
  ),
  runExclude: strings(
    {
      id: 'evenkeel.runs.exclude',
      description: 'Globs of paths in which no runs are looked for. `files.exclude` is respected as well.',
    },
    [
      '**/node_modules/**',
      '**/.git/**',
      '**/.venv/**',
      '**/venv/**',
      '**/site-packages/**',
      '**/__pycache__/**',
      '**/.cache/**',
    ],
  ),
  pollInterval: number(
    {
      id: 'evenkeel.runs.pollInterval',
      description:
        'Milliseconds between two looks at the files of a run, besides the events that the file system gives. Network file systems give none.',
    },
    1000,
    100,
    600_000,
  ),
  roles: roleTable({
    id: 'evenkeel.roles',
    description:
      'What logged tags measure, where Evenkeel can\'t tell by their names: tag name or glob → role, such as `{ "my_ce": "train/loss", "val/*_ce": "eval/loss" }`.',
  }),
  textPattern: patternTable({
    id: 'evenkeel.readers.textPattern',
    description:
      'How lines of logs are read that nothing else can read: glob of files → pattern, where `*` is every file that is left over. A pattern is a template such as `it {step} | cost {loss} {*}`, or a regular expression with named groups such as `it (?<step>\\d+) cost (?<loss>\\S+)`. The command *Read a Log by a Pattern…* shows what one finds while you write it.',
    restricted: true,
  }),
  codeLens: flag(
    {
      id: 'evenkeel.codeLens.enabled',
      description: 'Show the state of the run above training loops.',
    },
    true,
  ),
  diagnostics: flag(
    {
      id: 'evenkeel.diagnostics.enabled',
      description: 'Show findings, and mistakes visible in the training loop itself, in the Problems panel.',
    },
    true,
  ),
  rules: levelTable({
    id: 'evenkeel.rules',
    description:
      'How rules speak of mistakes in training loops: rule → `off`, `info`, `warning` or `error`, such as `{ "adam-l2": "off", "missing-zero-grad": "error" }`. Rules that are not named keep their own severity. The name of a rule stands behind its message, and its page is one click away.',
  }),
  hover: flag(
    {
      id: 'evenkeel.hover.enabled',
      description:
        'Show what was observed when hovering over the backward, step and clipping lines of a training loop.',
    },
    true,
  ),
  inlayHints: flag(
    {
      id: 'evenkeel.inlayHints.enabled',
      description:
        'Show the newest loss and gradient norm of the run behind the lines of its training loop, as inlay hints.',
    },
    false,
  ),
  statusBar: flag(
    {
      id: 'evenkeel.statusBar.enabled',
      description: 'Show the newest loss in the status bar while a run is live.',
    },
    true,
  ),
  jobTarget: choice<'local' | 'torchrun' | 'slurm' | 'ray'>(
    {
      id: 'evenkeel.jobs.target',
      description: 'Where *Run with Evenkeel* runs a file.',
      restricted: true,
    },
    'local',
    {
      local: 'On this machine.',
      torchrun: 'On this machine, by torchrun.',
      slurm: 'In the queue of a Slurm cluster.',
      ray: 'In the Ray cluster of this machine.',
    },
  ),
  jobSampleEvery: number(
    {
      id: 'evenkeel.jobs.sampleEvery',
      description:
        'Steps from one close look at layers, tensors and attention to the next. 0: as often as 2 % of the time of a step allows.',
    },
    0,
    0,
    1_000_000,
  ),
  jobAutoStop: choice<'off' | 'non-finite' | 'diverged'>(
    {
      id: 'evenkeel.jobs.autoStop',
      description:
        'Stop a job that Evenkeel runs once its run is beyond help, after a countdown that can be cancelled.',
      restricted: true,
    },
    'off',
    {
      off: 'Never.',
      'non-finite': 'When its loss is NaN or infinite.',
      diverged: 'When its loss is NaN or infinite, or has diverged.',
    },
  ),
  jobAutoStopAfter: number(
    {
      id: 'evenkeel.jobs.autoStopAfter',
      description: 'Seconds of the countdown before a job is stopped.',
    },
    30,
    1,
    3600,
  ),
  labProcesses: count(
    {
      id: 'evenkeel.lab.processes',
      description:
        'Runs of the lab that train at a time, each in a process of its own with low priority. 0: one a core, at most eight.',
    },
    0,
    0,
    64,
  ),
  labBudget: number(
    {
      id: 'evenkeel.lab.budget',
      description:
        'Seconds that trying the fixes of a finding may take. What is not trained by then can be gone on with.',
    },
    180,
    10,
    86_400,
  ),
  labSeeds: count(
    {
      id: 'evenkeel.lab.seeds',
      description: 'Paired seeds with which each fix is tried. More tell smaller effects from chance.',
    },
    3,
    3,
    50,
  ),
  labFolder: text({
    id: 'evenkeel.lab.folder',
    description:
      'Where the lab keeps its runs: absolute, or relative to the first workspace folder. Empty: in the storage of the extension.',
    restricted: true,
  }),
  labPackages: text({
    id: 'evenkeel.lab.packages',
    description:
      'Folder in which npm installed engines that do not ship: `@tensorflow/tfjs-node-gpu`, `@tensorflow/tfjs-node`, or `webgpu` with `@tensorflow/tfjs-backend-webgpu`. Empty: the lab computes with WebAssembly.',
    restricted: true,
  }),
  notifications: choice<'errors' | 'warnings' | 'none'>(
    {
      id: 'evenkeel.notifications',
      description: 'When a live run goes wrong, say so with a notification: at most one per run and cause.',
    },
    'errors',
    { errors: 'For errors.', warnings: 'For warnings and errors.', none: 'Never: quiet mode.' },
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = (typeof SETTINGS)[Name]['default'];
