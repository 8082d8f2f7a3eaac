/**
 * `npm start`: opens a real editor with the extension on a copy of the sample project, in which a training run goes
 * wrong live. `npm start -- --no-open` opens no browser, `--port N` chooses the port, `--browser` prefers the
 * browser-hosted editor even where desktop VS Code is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startCodeServer } from './editor/codeServer.mjs';
import { packExtension, packFolder } from './editor/extensionPackage.mjs';
import { runToEnd, startGroup, until } from './editor/processes.mjs';
import { ensureEditorTools, projectRoot } from './editor/tools.mjs';

const companion = path.join(projectRoot, 'scripts/editor/companion');

/** Long enough to open a browser by hand; the run does not wait for ever, since nobody may. */
const WINDOW_OPENS_WITHIN_MS = 20_000;
const LIVE_STEPS = 6000;
const PARENT_CHECK_MS = 500;

/** What has to be undone at the end, in the order in which it was done. */
const undo = [];
let ending;

async function main() {
  const options = readOptions();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => void end(signal === 'SIGINT' ? 130 : 143));
  }
  endWithNpm();
  const scratch = await mkdtemp(path.join(tmpdir(), 'evenkeel-start-'));
  undo.push(() => rm(scratch, { recursive: true, force: true, maxRetries: 5 }));
  const project = path.join(scratch, 'ship-log');
  await cp(path.join(projectRoot, 'examples'), project, { recursive: true, filter: isSource });

  const baseline = train(project, ['--name', 'baseline', '--cause', 'none', '--interval', '0', '--steps', '1000']);
  const desktop = options.browser ? undefined : findDesktopEditor();
  const open = desktop ? openDesktop : openInBrowser;
  const [editor] = await Promise.all([open({ ...options, desktop, scratch, project }), baseline.exited]);
  tellWhatToLookAt(project, editor);

  await until(() => existsSync(path.join(scratch, 'opened')), {
    within: WINDOW_OPENS_WITHIN_MS,
    what: 'the window',
  }).catch(() => undefined);
  train(project, ['--name', 'live', '--steps', String(LIVE_STEPS)]);
  say('training started: runs/live is healthy now, and will not be for long');

  await editor.exited;
  await end(ending ? 0 : 1);
}

/** A signal to npm ends the shell between npm and this process, and goes no further. */
function endWithNpm() {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) {
    setInterval(() => process.ppid !== parent && void end(143), PARENT_CHECK_MS).unref();
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      open: { type: 'boolean', default: true },
      browser: { type: 'boolean', default: false },
      port: { type: 'string' },
    },
    allowNegative: true,
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error(`--port ${values.port}: a number from 1 to 65535 is needed`);
  }
  return { ...values, port };
}

const isSource = (file) => !['runs', '.gitignore'].includes(path.basename(file));

function train(project, parameters) {
  const trainer = startGroup(process.execPath, [path.join(project, 'trainer.mjs'), ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  undo.push(trainer.stop);
  return trainer;
}

/** Desktop VS Code; the command of that name inside the terminal of a remote window can't load an extension. */
function findDesktopEditor() {
  if (process.env.VSCODE_IPC_HOOK_CLI) {
    return undefined;
  }
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find(existsSync);
}

async function openDesktop({ desktop, project }) {
  await runToEnd(process.execPath, [path.join(projectRoot, 'scripts/build.mjs')]);
  const parameters = ['--new-window', '--wait', '--disable-workspace-trust'];
  const extensions = [projectRoot, companion].map((folder) => `--extensionDevelopmentPath=${folder}`);
  const editor = startGroup(desktop, [...parameters, ...extensions, project], {
    stdio: 'ignore',
    shell: process.platform === 'win32',
  });
  undo.push(editor.stop);
  return { exited: editor.exited };
}

async function openInBrowser({ scratch, project, port, open }) {
  const packages = ['evenkeel.vsix', 'companion.vsix'].map((file) => path.join(scratch, file));
  const pack = async () => {
    await packExtension(packages[0]);
    await packFolder(companion, packages[1]);
  };
  say('building');
  const [tools] = await Promise.all([ensureEditorTools(say), pack()]);
  const editor = await startCodeServer({
    tools,
    port,
    packages,
    settings: { 'explorer.compactFolders': false },
  });
  undo.push(editor.stop);
  const url = editor.open(project);
  if (open) {
    openUrl(url);
  }
  return { exited: editor.exited, url };
}

/** Opens a page where a person is likely to see it. */
function openUrl(url) {
  const { env, platform } = process;
  const headless = platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY;
  if (env.CI || env.SSH_CONNECTION || headless) {
    return;
  }
  const openers = { darwin: ['open', [url]], win32: ['cmd', ['/c', 'start', '""', url.replaceAll('&', '^&')]] };
  const [command, parameters] = openers[platform] ?? ['xdg-open', [url]];
  spawn(command, parameters, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function tellWhatToLookAt(project, { url }) {
  const place = url ? `Open  ${url}` : 'The project opens in a window of VS Code.';
  console.log(`
  ${place}

  A small language model learns a ship's log book. For about 20 seconds all is well; then one shard of its data
  turns out to be damaged. Watch the spirit level in the activity bar, click the finding, and see what the editor
  offers above the training loop of train.py.

  The project is a copy in ${project}; it goes when you stop.
  Ctrl-C stops everything.
`);
}

const say = (line) => console.log(`evenkeel: ${line}`);

/** Stops all that was started, latest first, once. */
function end(code) {
  ending ??= (async () => {
    for (const step of undo.reverse()) {
      await step().catch((error) => console.error(error.message));
    }
    process.exit(code);
  })();
  return ending;
}

await main().catch((error) => {
  if (!ending) {
    console.error(`evenkeel: ${error.message}`);
  }
  return end(1);
});
