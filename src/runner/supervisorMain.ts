import { ECHO, supervise } from './supervisor.js';
import type { SupervisorMessage } from './supervisor.js';

async function main(): Promise<void> {
  const [folder = '', mode] = process.argv.slice(2);
  const keepJobWhenTold = (): void => undefined;
  // Ctrl-C, a closed terminal and the end of the editor are for those who follow the job.
  (['SIGINT', 'SIGHUP', 'SIGTERM'] as const).forEach((signal) => process.on(signal, keepJobWhenTold));
  const report = (message: SupervisorMessage): void => {
    process.send?.(message, () => process.connected && process.disconnect());
  };
  await supervise(folder, {
    report,
    ...(mode === ECHO ? { echo: { stdout: process.stdout, stderr: process.stderr } } : {}),
  });
}

void main();
