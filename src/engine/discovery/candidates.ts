import path from 'node:path';

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
];

/** Whether runs are never looked for in a folder of this name. */
export function isBulkFolder(name: string): boolean {
  return BULK_FOLDERS.has(name);
}

/** Whether a file could be a log, by its name alone. */
export function couldBeLog(name: string): boolean {
  return isEventFile(name) || (hasLogExtension(name) && !NEVER_LOGS.some((pattern) => pattern.test(name)));
}

/** Whether TensorBoard would look at a file of this name. */
export function isEventFile(name: string): boolean {
  return name.includes('tfevents');
}

/** The name without `.gz`, under which the content is known. */
export function withoutCompression(name: string): string {
  return name.replace(/\.gz$/i, '');
}

/** A name as log rotation leaves it: `train.log.2` is two rotations older than `train.log`. */
export function splitRotation(name: string): { readonly name: string; readonly rotation: number } {
  const match = /^(.+\.(?:log|jsonl|csv|txt|out))\.(\d{1,4})$/i.exec(name);
  return match ? { name: match[1] as string, rotation: Number(match[2]) } : { name, rotation: 0 };
}

function hasLogExtension(name: string): boolean {
  return LOG_EXTENSIONS.has(path.extname(splitRotation(withoutCompression(name)).name).toLowerCase());
}
