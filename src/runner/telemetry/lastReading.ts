import path from 'node:path';
import { endOfFile } from '../fileEnd.js';
import { JOB_FILES } from '../jobRecord.js';

/** Some rows of the machine. */
const ENOUGH_BYTES = 16 * 1024;

/** How full memory was when it was looked at last while a job ran. */
export interface MemoryReading {
  /** Of the control group that limits the job, else of the machine. */
  readonly of: 'group' | 'machine';
  /** 0 to 1. */
  readonly share: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * The last that telemetry wrote of memory; undefined where it wrote nothing.
 * @param folder of the run.
 */
export async function lastMemoryReading(folder: string): Promise<MemoryReading | undefined> {
  const text = await endOfFile(path.join(folder, JOB_FILES.machine), ENOUGH_BYTES);
  for (const line of text.trimEnd().split('\n').reverse()) {
    const row = rowOf(line);
    const time = 1000 * (row['time'] ?? NaN);
    const group = (row['memory/group'] ?? NaN) / (row['memory/limit'] ?? NaN);
    const machine = (row['memory/machine'] ?? NaN) / (row['memory/total'] ?? NaN);
    if (Number.isFinite(time) && (Number.isFinite(group) || Number.isFinite(machine))) {
      // Whichever is fuller is the one that would have ended it.
      return group >= machine || !Number.isFinite(machine)
        ? { of: 'group', share: group, time }
        : { of: 'machine', share: machine, time };
    }
  }
  return undefined;
}

/** The numbers of a row; none for half a line. */
function rowOf(line: string): Readonly<Record<string, number | undefined>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
        )
      : {};
  } catch {
    return {};
  }
}
