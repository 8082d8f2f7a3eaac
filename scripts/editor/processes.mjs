import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a process may take to end by itself before it is killed. */
const GRACE_MS = 3000;

/**
 * Starts a process as the leader of a group of its own, so that whatever it starts can be stopped with it; it does not
 * outlive this one.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {{ child: import('node:child_process').ChildProcess, exited: Promise<number | null>, stop: () => Promise<void> }}
 */
export function startGroup(command, parameters, options) {
  const child = spawn(command, parameters, { ...options, detached: process.platform !== 'win32' });
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  process.once('exit', kill);
  let stopping;
  const stop = () => (stopping ??= stopGroup(child, exited).finally(() => process.off('exit', kill)));
  return { child, exited, stop };
}

/**
 * Runs a command whose output is shown.
 * @throws {Error} when it fails
 */
export async function runToEnd(command, parameters, options = {}) {
  const child = spawn(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) {
    throw new Error(`${path.basename(command)} ${parameters.join(' ')} failed with exit code ${code}`);
  }
}

async function stopGroup(child, exited) {
  if (child.pid === undefined) {
    return;
  }
  signalGroup(child.pid, 'SIGTERM');
  await Promise.race([exited, wait(GRACE_MS, undefined, { ref: false })]);
  // The leader may be gone while others of its group are not.
  signalGroup(child.pid, 'SIGKILL');
  await exited;
}

function signalGroup(pid, signal) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') {
      throw error;
    }
  }
}

/**
 * A port of the loopback interface that nothing listens on.
 * @param {number} [wanted] this one
 * @throws {Error} when the wanted one is taken
 */
export function freePort(wanted = 0) {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', () => reject(new Error(`port ${wanted} is taken; choose another`)));
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Waits until something holds.
 * @param {() => unknown | Promise<unknown>} holds
 * @param {{ within: number, what: string }} limit milliseconds, and what to call it when it does not come
 */
export async function until(holds, { within, what }) {
  const end = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`${what} did not happen within ${within / 1000} s`);
    }
    await wait(100);
  }
}
