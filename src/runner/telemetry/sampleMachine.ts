import { readRecord } from '../jobFolder.js';
import type { TargetName } from '../jobRecord.js';
import { Telemetry } from './telemetry.js';

/**
 * Said on the command line of `supervisorMain` after the run's folder where no job is owned, only the machine sampled;
 * behind it may stand the folder to write to.
 */
export const SAMPLE = '--sample';

/** Targets whose process here is only the near end of a job that runs on another machine. */
const ELSEWHERE: ReadonlySet<TargetName> = new Set(['ray']);

/**
 * Samples this machine for the job whose record lies in a folder.
 * @param folder of the job's record.
 * @param pid of the job's first process, where it is one of this machine's.
 * @param own the folder to write to: for one job of an array, a folder of its own.
 * @returns what ends it.
 */
export function sampleMachine(folder: string, pid: number | undefined, own = folder): () => Promise<void> {
  const started = begin(folder, pid, own);
  return async () => {
    await (await started)?.stop();
  };
}

async function begin(folder: string, pid: number | undefined, own: string): Promise<Telemetry | undefined> {
  const record = await readRecord(folder);
  if (!record || ELSEWHERE.has(record.target)) {
    return undefined;
  }
  const telemetry = new Telemetry({
    folder: own,
    pid,
    environment: { ...process.env, ...record.environment },
    hasSteps: record.hook === 'auto',
  });
  void telemetry.start();
  return telemetry;
}
