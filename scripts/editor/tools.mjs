/**
 * The real editor that `npm start` opens and that the editor tests drive: VS Code in a browser (code-server) on a
 * Node of its own. It is installed from npm into the ignored folder `.tools/` on first use, apart from the
 * dependencies of the extension, so that `npm ci` stays small.
 *
 * An installation is prepared in a folder named after the process and renamed into place when it is complete:
 * an interrupted one leaves nothing that looks whole, and two at once do not disturb each other.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CODE_SERVER_VERSION = '4.139.1';
/** code-server runs on Node 24 only, whatever Node the project itself is built with. */
const NODE_VERSION = '24.21.0';
const NODE_PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** @typedef {{ node: string, codeServer: string }} EditorTools Absolute paths of the Node binary and the entry script. */

/**
 * Installs the editor if it is not there yet.
 * @param {(line: string) => void} say where progress is told
 * @returns {Promise<EditorTools>}
 * @throws {Error} with one plain sentence when it can't be had on this machine
 */
export async function ensureEditorTools(say) {
  const folder = process.env.EVENKEEL_TOOLS ?? path.join(projectRoot, '.tools');
  const home = path.join(folder, `code-server-${CODE_SERVER_VERSION}`);
  if (!existsSync(home)) {
    await removeInterrupted(folder);
    await install(home, say);
  }
  const modules = path.join(home, 'node_modules');
  return {
    node: path.join(modules, nodePackage(), 'bin/node'),
    codeServer: path.join(modules, 'code-server/out/node/entry.js'),
  };
}

function nodePackage() {
  const platform = `${process.platform}-${process.arch}`;
  if (!NODE_PLATFORMS.includes(platform)) {
    throw new Error(`there is no browser-hosted editor for ${platform}; open the project in desktop VS Code instead`);
  }
  return `node-${platform}`;
}

async function install(home, say) {
  const packages = [`${nodePackage()}@${NODE_VERSION}`, `code-server@${CODE_SERVER_VERSION}`];
  const partial = `${home}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    say(`installing the browser-hosted editor into ${path.dirname(home)} (once, about 800 MB)`);
    await writeFile(path.join(partial, 'package.json'), '{ "private": true }\n');
    await npm(['install', '--no-save', ...packages], partial);
    await npm(['install', '--omit=dev'], path.join(partial, 'node_modules/code-server/lib/vscode'));
    await putInPlace(partial, home);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function putInPlace(partial, home) {
  try {
    await rename(partial, home);
  } catch (error) {
    // Another process was faster: its installation is as good as this one.
    if (!existsSync(home)) {
      throw error;
    }
  }
}

async function removeInterrupted(folder) {
  const entries = existsSync(folder) ? await readdir(folder) : [];
  for (const entry of entries) {
    const owner = /\.(\d+)\.partial$/.exec(entry)?.[1];
    if (owner && !isAlive(Number(owner))) {
      await rm(path.join(folder, entry), { recursive: true, force: true });
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The packages' own scripts are not run: they compile native parts that the editor can do without. */
async function npm(parameters, folder) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--no-package-lock'];
  const child = spawn('npm', [...parameters, ...flags], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) {
    const lines = output.trim().split('\n').slice(-5).join('\n');
    throw new Error(`npm ${parameters.join(' ')} failed with exit code ${code}:\n${lines}`);
  }
}
