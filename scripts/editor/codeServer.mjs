/**
 * A browser-hosted VS Code on the loopback interface with everything of its own: configuration, user data, extensions,
 * port. Nothing of the user's own editor is read or written, and no marketplace is called.
 */
import { execFile } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, startGroup, until } from './processes.mjs';

const STARTED_WITHIN_MS = 90_000;

const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'files.autoSave': 'off',
  'git.enabled': false,
};

/**
 * @typedef {object} EditorOptions
 * @property {import('./tools.mjs').EditorTools} tools
 * @property {number} [port] a free one when omitted
 * @property {Record<string, unknown>} [settings] user settings
 * @property {readonly string[]} [packages] .vsix files to install
 * @property {boolean} [askForTrust] leaves workspace trust as users have it; off, everything is trusted
 * @property {boolean} [testing] lets the page be opened with a payload: extension under development, tests, files
 * @property {Record<string, string>} [environment]
 */

/**
 * Starts the editor and waits until it answers.
 * @param {EditorOptions} options
 * @throws {Error} with the end of the server's log when it does not come up
 */
export async function startCodeServer(options) {
  const home = await mkdtemp(path.join(tmpdir(), 'evenkeel-editor-'));
  try {
    return await startIn(home, options);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(home, options) {
  const port = await freePort(options.port);
  await prepare(home, options);
  const environment = serverEnvironment(options.environment);
  const { node, codeServer } = options.tools;
  const base = [codeServer, ...ownFolders(home)];
  if (options.packages) {
    const installs = options.packages.flatMap((file) => ['--install-extension', file]);
    await promisify(execFile)(node, [...base, ...installs], { env: environment });
  }
  const logFile = path.join(home, 'server.log');
  const log = openSync(logFile, 'w');
  const server = startGroup(node, [...base, ...serverFlags(port, options)], {
    env: environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  let ended = false;
  void server.exited.then(() => (ended = true));
  const answers = () =>
    ended ||
    fetch(`${url}/healthz`).then(
      (reply) => reply.ok,
      () => false,
    );
  await until(answers, { within: STARTED_WITHIN_MS, what: 'the start of the editor' }).catch(() => (ended = true));
  if (ended) {
    await server.stop();
    const tail = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
    throw new Error(`the editor did not start on port ${port}:\n${tail}`);
  }
  const stop = async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { home, url, exited: server.exited, stop, ...addresses(url, port) };
}

function addresses(url, port) {
  const remote = (file) => `vscode-remote://127.0.0.1:${port}${file}`;
  /** Where to open a folder; the payload is honoured with `testing` only. */
  const open = (folder, payload = []) => {
    const query = new URLSearchParams({ folder });
    if (payload.length > 0) {
      query.set('payload', JSON.stringify(payload));
    }
    return `${url}/?${query.toString().replaceAll('%2F', '/')}`;
  };
  return { remote, open };
}

async function prepare(home, { settings, askForTrust = false }) {
  await mkdir(path.join(home, 'user/User'), { recursive: true });
  await writeFile(path.join(home, 'config.yaml'), '');
  const all = { ...QUIET_SETTINGS, 'security.workspace.trust.enabled': askForTrust, ...settings };
  await writeFile(path.join(home, 'user/User/settings.json'), JSON.stringify(all, null, 2));
}

function ownFolders(home) {
  const at = (name) => path.join(home, name);
  return ['--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions')];
}

function serverFlags(port, { askForTrust = false, testing = false }) {
  const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'];
  flags.push('--disable-getting-started-override', '--disable-proxy', '--ignore-last-opened');
  if (!askForTrust) {
    flags.push('--disable-workspace-trust');
  }
  if (testing) {
    flags.push('--vscode-option', 'enable-smoke-test-driver');
  }
  return flags;
}

function serverEnvironment(additions) {
  const environment = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...additions };
  // Left by an editor in whose terminal this runs; the server would take them for its own.
  for (const name of ['NODE_OPTIONS', 'VSCODE_IPC_HOOK_CLI', 'ELECTRON_RUN_AS_NODE']) {
    delete environment[name];
  }
  return environment;
}
