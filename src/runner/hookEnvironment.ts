import { existsSync } from 'node:fs';
import path from 'node:path';
import { JOB_FILES } from './jobRecord.js';

export interface HookWish {
  /** The folder `hooks` as it ships, absolute. */
  readonly hooks: string;
  readonly mode: 'auto' | 'off';
  /** Steps from one sampled step to the next; undefined lets the hook's budget decide. */
  readonly every?: number | undefined;
  /** The run's folder, absolute. */
  readonly folder: string;
  /** What the job inherits. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/**
 * What is set besides what the job inherits, so that the hook is loaded with no line of its code changed. What the
 * person has set themselves is kept behind ours.
 */
export function hookEnvironment(wish: HookWish): Record<string, string> {
  const { mode, inherited, platform = process.platform } = wish;
  return { ...promptOutput(inherited, platform), ...(mode === 'auto' ? hookVariables(wish, platform) : {}) };
}

function hookVariables(
  { hooks, every, folder, inherited }: HookWish,
  platform: NodeJS.Platform,
): Record<string, string> {
  const nodeHook = path.join(hooks, 'evenkeel.cjs');
  return {
    EVENKEEL_OUT: folder,
    EVENKEEL_CONTROL: path.join(folder, JOB_FILES.control),
    ...(every === undefined ? {} : { EVENKEEL_EVERY: String(every) }),
    PYTHONPATH: pythonPath(hooks, inherited['PYTHONPATH'], platform),
    ...(existsSync(nodeHook)
      ? { NODE_OPTIONS: joined(inherited['NODE_OPTIONS'], `--require ${quoted(nodeHook)}`, ' ') }
      : {}),
  };
}

/** Set by the hook's environment and by nobody else. */
const HOOK_VARIABLES = /^EVENKEEL_|^PYTHON(?:UNBUFFERED|IOENCODING)$/;

const BOOTSTRAP = /[\\/]hooks[\\/]bootstrap$/;
const NODE_HOOK = /--require "[^"]*evenkeel\.cjs"/;

/** What a person had set for a job, out of all that was set for it: to start another one like it. */
export function withoutHook(
  environment: Readonly<Record<string, string>>,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const delimiter = platform === 'win32' ? ';' : ':';
  const own = (name: string, value: string): string => {
    switch (name) {
      case 'PYTHONPATH':
        return value
          .split(delimiter)
          .filter((entry) => !BOOTSTRAP.test(entry))
          .join(delimiter);
      case 'NODE_OPTIONS':
        return value.replace(NODE_HOOK, '').trim();
      default:
        return value;
    }
  };
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => !HOOK_VARIABLES.test(name))
      .map(([name, value]) => [name, own(name, value)] as const)
      .filter(([name, value]) => value !== '' || environment[name] === ''),
  );
}

/** Python finds the bootstrap first, and everything else where it found it before. */
export function pythonPath(hooks: string, before: string | undefined, platform: NodeJS.Platform): string {
  const delimiter = platform === 'win32' ? ';' : ':';
  return before ? `${path.join(hooks, 'bootstrap')}${delimiter}${before}` : path.join(hooks, 'bootstrap');
}

/** Python keeps what it prints to a pipe for a while, and on Windows writes it in the code page of the machine. */
function promptOutput(
  inherited: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Record<string, string> {
  return {
    ...(inherited['PYTHONUNBUFFERED'] ? {} : { PYTHONUNBUFFERED: '1' }),
    ...(platform === 'win32' && !inherited['PYTHONIOENCODING'] ? { PYTHONIOENCODING: 'utf-8' } : {}),
  };
}

function joined(before: string | undefined, added: string, separator: string): string {
  return before ? `${before}${separator}${added}` : added;
}

/** Node takes double quotes and nothing else around a path with blanks. */
function quoted(file: string): string {
  return `"${file.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A command that hands another PYTHONPATH on with `env`, with the bootstrap in front of it. */
export function keepHookInCommand(command: readonly string[], hooks: string, platform = process.platform): string[] {
  if (path.basename(command[0] ?? '') !== 'env') {
    return [...command];
  }
  const program = programBehindEnv(command);
  return command.map((word, index) =>
    index < program && word.startsWith('PYTHONPATH=')
      ? `PYTHONPATH=${pythonPath(hooks, word.slice('PYTHONPATH='.length), platform)}`
      : word,
  );
}

/** Options of `env` that take the next word. */
const ENV_OPTIONS_WITH_VALUE = ['-u', '--unset', '-C', '--chdir'];

/** Where the program stands that `env` starts, behind its options and assignments. */
function programBehindEnv(command: readonly string[]): number {
  let index = 1;
  for (let word = command[index]; word !== undefined; word = command[index]) {
    if (!word.startsWith('-') && !word.includes('=')) {
      break;
    }
    index += ENV_OPTIONS_WITH_VALUE.includes(word) ? 2 : 1;
  }
  return index;
}

const PYTHON = /^(?:python|pypy)[\d.]*(?:\.exe)?$/i;

/** Whether a word of a command is a Python, by its name. */
export function isPython(word: string): boolean {
  return PYTHON.test(path.basename(word.replaceAll('\\', '/')));
}

/** Why the hook will not be loaded although it was asked for; undefined where nothing speaks against it. */
export function whyNoHook(command: readonly string[]): string | undefined {
  const python = command.findIndex(isPython);
  for (const word of python < 0 ? [] : command.slice(python + 1)) {
    if (!/^-[A-Za-z]/.test(word) || /^-[mc]/.test(word)) {
      break;
    }
    if (/^-[A-Za-z]*[IES]/.test(word) && !/^-[WX]/.test(word)) {
      return `python ${word} loads nothing from outside: the hook is not loaded, only what the job prints is read`;
    }
  }
  const line = command.find((word) => /(?:^|[\s;&])PYTHONPATH=(?!.*\$\{?PYTHONPATH)/.test(word) && /\s/.test(word));
  return line === undefined
    ? undefined
    : 'the command sets PYTHONPATH: the hook is not loaded unless that ends with :$PYTHONPATH';
}

/** Variables of the editor's own processes, which a job must not inherit. */
const EDITOR_VARIABLES = /^(?:VSCODE_|ELECTRON_)/;

/** What a job inherits from a process of the editor: what a terminal would give it. */
export function withoutEditorVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !EDITOR_VARIABLES.test(entry[0]),
    ),
  );
}
