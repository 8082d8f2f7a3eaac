import { setTimeout as delay } from 'node:timers/promises';
import { ECHO, supervise } from './supervisor.js';
import type { SupervisorMessage } from './supervisor.js';
import { SAMPLE, sampleMachine } from './telemetry/sampleMachine.js';

/** How often a sampler looks whether the script that started it is still there. */
const PARENT_POLL_MS = 5000;

async function main(): Promise<void> {
  const [folder = '', mode, own] = process.argv.slice(2);
  if (mode === SAMPLE) {
    await sampleUntilTold(folder, own);
    return;
  }
  const keepJobWhenTold = (): void => undefined;
  // Ctrl-C, a closed terminal and the end of the editor are for those who follow the job.
  (['SIGINT', 'SIGHUP', 'SIGTERM'] as const).forEach((signal) => process.on(signal, keepJobWhenTold));
  const report = (message: SupervisorMessage): void => {
    process.send?.(message, () => process.connected && process.disconnect());
  };
  await supervise(folder, {
    report,
    accompany: sampleMachine,
    ...(mode === ECHO ? { echo: { stdout: process.stdout, stderr: process.stderr } } : {}),
  });
}

/** On a node of a cluster, beside a job that somebody else started there. */
async function sampleUntilTold(folder: string, own: string | undefined): Promise<void> {
  const parent = process.ppid;
  const stop = sampleMachine(folder, undefined, own);
  const told = new AbortController();
  (['SIGINT', 'SIGHUP', 'SIGTERM'] as const).forEach((signal) => process.on(signal, () => told.abort()));
  while (!told.signal.aborted && process.ppid === parent) {
    await delay(PARENT_POLL_MS, undefined, { signal: told.signal }).catch(() => undefined);
  }
  await stop();
}

void main();
