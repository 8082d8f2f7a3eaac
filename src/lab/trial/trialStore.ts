import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../fields.js';
import type { TrialRecord, TrialRequest } from './trial.js';

const FOLDER = 'trials';
/** Characters of the hash that tells requests apart. */
const HASH_LENGTH = 10;

/** The name of a request: the same for the same question about the same run, whatever is found of it later. */
export function trialId({ finding, facts, fixes }: TrialRequest): string {
  const arms = fixes.map(({ id, arm }) => [id, arm]);
  const sorted = Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1));
  const decisive = JSON.stringify([finding.run, finding.id, finding.symptom, sorted, arms]);
  return `${finding.symptom}-${createHash('sha256').update(decisive).digest('hex').slice(0, HASH_LENGTH)}`;
}

/** Writes a record as a whole: whoever reads it meanwhile finds the old one. Throws when the disk takes no more. */
export async function writeTrial(folder: string, record: TrialRecord): Promise<void> {
  const place = path.join(folder, FOLDER);
  await mkdir(place, { recursive: true });
  const unfinished = path.join(place, `${record.id}.json.part`);
  await writeFile(unfinished, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(unfinished, path.join(place, `${record.id}.json`));
}

/** All records in the folder of the runs, the newest first, and the files that are none; an absent folder has none. */
export async function readTrials(
  folder: string,
): Promise<{ readonly trials: readonly TrialRecord[]; readonly unreadable: readonly string[] }> {
  const place = path.join(folder, FOLDER);
  const names = await readdir(place).catch(() => []);
  const trials: TrialRecord[] = [];
  const unreadable: string[] = [];
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    const file = path.join(place, name);
    const record = await readFile(file, 'utf8').then(parsed, () => undefined);
    if (record === undefined) {
      unreadable.push(file);
    } else {
      trials.push(record);
    }
  }
  return { trials: trials.sort((one, other) => other.begun - one.begun), unreadable };
}

function parsed(text: string): TrialRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) &&
      value['evenkeelTrial'] === 1 &&
      typeof value['begun'] === 'number' &&
      isObject(value['finding']) &&
      Array.isArray(value['verdicts'])
      ? (value as unknown as TrialRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
