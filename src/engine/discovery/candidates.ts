import path from 'node:path';
import { mlflowPlace } from '../../readers/settings/mlflow.js';
import { settingsFileAt } from '../../readers/settings/settingsFormats.js';
import { wandbRunFolder } from '../../readers/settings/wandb.js';
import { withoutCompression } from '../tailing/gunzip.js';

/** Folders that hold programs, caches and histories by the thousand, and no runs. */
const BULK_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'site-packages',
  '.git',
  '.hg',
  '.svn',
  '.venv',
  'venv',
  '.conda',
  '.tox',
  '.nox',
  '.eggs',
  '__pycache__',
  '.cache',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.ipynb_checkpoints',
  '.trash',
  '.idea',
  '.vscode',
  '.vscode-server',
  '.vscode-test',
  '.npm',
  '.yarn',
  '.pnpm-store',
  '.gradle',
  '.terraform',
]);

const LOG_EXTENSIONS: ReadonlySet<string> = new Set([
  '.jsonl',
  '.ndjson',
  '.json',
  '.csv',
  '.tsv',
  '.log',
  '.txt',
  '.out',
  '.wandb',
]);

/** Files of other trades that go by the extensions of logs. */
const NEVER_LOGS: readonly RegExp[] = [
  /^(package|package-lock|npm-shrinkwrap|composer|bower|lerna|nx|turbo|vercel|manifest|launch|tasks|settings)\.json$/i,
  /^\.?(tsconfig|jsconfig|eslintrc|prettierrc|babelrc|swcrc|devcontainer)[\w.-]*\.json$/i,
  /^(config|generation_config|adapter_config|preprocessor_config|processor_config|model_index|quantize_config)\.json$/i,
  /^(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template)\.(json|txt)$/i,
  /^(merges|vocab|requirements[\w.-]*|constraints|CMakeLists|LICEN[CS]E[\w.-]*|NOTICE|README|robots|AUTHORS)\.txt$/i,
  /\.(index|schema|code-workspace)\.json$/i,
  /^wandb-summary\.json$/,
  /^debug(?:-internal|-core|-cli\.[\w.-]+)\.log$/,
];

/** Whether runs are never looked for in a folder of this name. */
export function isBulkFolder(name: string): boolean {
  return BULK_FOLDERS.has(name);
}

/** What a file may be to a run. */
export type FileKind = 'log' | 'settings';

/** @param file absolute. What a file could be, by its path alone; undefined: of no interest. */
export function kindByPath(file: string): FileKind | undefined {
  if (settingsFileAt(file)) {
    return 'settings';
  }
  if (isWandbsOwnLog(file)) {
    return undefined;
  }
  return couldBeLog(path.basename(file)) || mlflowPlace(file)?.kind === 'metrics' ? 'log' : undefined;
}

/** What wandb says of itself lies in `logs` of a run's folder. */
function isWandbsOwnLog(file: string): boolean {
  const folder = path.dirname(file);
  return path.basename(folder) === 'logs' && wandbRunFolder(folder) !== undefined;
}

function couldBeLog(name: string): boolean {
  return isEventFile(name) || (hasLogExtension(name) && !NEVER_LOGS.some((pattern) => pattern.test(name)));
}

/** Whether TensorBoard would look at a file of this name. */
export function isEventFile(name: string): boolean {
  return name.includes('tfevents');
}

/** A name as log rotation leaves it: `train.log.2` is two rotations older than `train.log`. */
export function splitRotation(name: string): { readonly name: string; readonly rotation: number } {
  const match = /^(.+\.(?:log|jsonl|csv|txt|out))\.(\d{1,4})$/i.exec(name);
  return match ? { name: match[1] as string, rotation: Number(match[2]) } : { name, rotation: 0 };
}

function hasLogExtension(name: string): boolean {
  return LOG_EXTENSIONS.has(path.extname(splitRotation(withoutCompression(name)).name).toLowerCase());
}
