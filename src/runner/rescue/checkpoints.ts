import { access, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { JOB_FILES } from '../jobRecord.js';
import type { JobRecord } from '../jobRecord.js';

/** A file or folder that a job can be started from. */
export interface Checkpoint {
  /** Absolute. */
  readonly path: string;
  /** The step in its name; null where the name has none. */
  readonly step: number | null;
  /** When it was written, in milliseconds since the epoch. */
  readonly modified: number;
}

/** When a run's trouble began. */
export interface TroubleBegan {
  readonly step: number;
  /** Milliseconds since the epoch; undefined where the log has no times. */
  readonly time: number | undefined;
}

const CHECKPOINT_FILE =
  /\.(?:pt|pth|ckpt|safetensors|npz|h5|hdf5|keras|pkl|tar|msgpack)$|(?:checkpoint|ckpt)[^/\\]*\.(?:json|bin)$/i;
/** `checkpoint-500` of the Trainer, `global_step500` of DeepSpeed, `iter_0000500` of Megatron, `step_500` of Accelerate. */
const CHECKPOINT_FOLDER = /^(?:checkpoint|ckpt|global_?step|iter|step)[-_=]?\d+$/i;
const STEP_IN_NAME = /(?:global_?step|step|iter(?:ation)?|checkpoint|ckpt)[-_=]?0*(\d+)/gi;
/** Epochs say when, but are no steps: the time of writing tells more. */
const EPOCH_IN_NAME = /epoch/i;
/** Not the decimals of a metric: "best-loss=0.2345.ckpt". */
const PLAIN_NUMBER = /(?:^|[-_]|(?<!\d)\.)0*(\d{2,})(?=\.[a-z0-9]+$)/i;

/** Below the folder of a run in trouble: copies of its checkpoints that rescues of it start from. */
export const RESCUE_FOLDER = 'rescue-checkpoints';
const SKIPPED_FOLDERS =
  /^(?:\.|node_modules$|__pycache__$|site-packages$|venv$|env$|wandb$|mlruns$|rescue-checkpoints$)/;
const DEEPEST = 5;
const MOST_ENTRIES = 20_000;

/**
 * Checkpoints below some folders that were written since a job began.
 * @param since milliseconds since the epoch.
 * @param deepest levels of folders below a root.
 */
export async function findCheckpoints(
  roots: readonly string[],
  since: number,
  deepest = DEEPEST,
): Promise<Checkpoint[]> {
  const found = new Map<string, Checkpoint>();
  let left = MOST_ENTRIES;
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const whole = path.join(folder, entry.name);
      if (--left < 0) {
        return;
      }
      const isCheckpoint = entry.isDirectory() ? CHECKPOINT_FOLDER.test(entry.name) : CHECKPOINT_FILE.test(entry.name);
      if (isCheckpoint) {
        const { mtimeMs } = await stat(whole).catch(() => ({ mtimeMs: -1 }));
        if (mtimeMs >= since) {
          found.set(whole, { path: whole, step: stepInName(entry.name), modified: mtimeMs });
        }
      } else if (entry.isDirectory() && depth < deepest && !SKIPPED_FOLDERS.test(entry.name)) {
        await visit(whole, depth + 1);
      }
    }
  };
  for (const root of roots) {
    await visit(path.resolve(root), 0);
  }
  return [...found.values()];
}

/** @param name of the file or folder alone. */
export function stepInName(name: string): number | null {
  const named = [...name.matchAll(STEP_IN_NAME)].at(-1)?.[1];
  const digits = named ?? (EPOCH_IN_NAME.test(name) ? undefined : PLAIN_NUMBER.exec(name)?.[1]);
  return digits === undefined ? null : Number(digits);
}

/**
 * The last checkpoint from before the trouble: by the step in its name, else by when it was written. What a step logs is
 * of the weights that the step before has left: those are spoiled already.
 */
export function lastBefore(checkpoints: readonly Checkpoint[], trouble: TroubleBegan): Checkpoint | undefined {
  const bySteps = checkpoints.filter(({ step }) => step !== null && step < trouble.step - 1);
  const { time } = trouble;
  const byTimes =
    time === undefined ? [] : checkpoints.filter(({ step, modified }) => step === null && modified < time);
  return latest(bySteps) ?? latest(byTimes);
}

/**
 * The checkpoint that a job's run can be saved from: the last one before a step, or the last of all.
 * @param folder of the job.
 * @param step at which the trouble began; undefined where there was none.
 */
export async function checkpointOf(
  record: JobRecord,
  folder: string,
  step: number | undefined,
): Promise<Checkpoint | undefined> {
  const roots = [folder, record.cwd, ...(await foldersIn(record))];
  const found = await findCheckpoints(roots, record.started ?? record.created);
  const own = step === undefined ? newest(found) : lastBefore(found, { step, time: await timeOfStep(folder, step) });
  return own ?? (await startedFrom(record, step));
}

/** A run that has saved none yet can be started once more from what it was started from. */
async function startedFrom({ rescuedFrom }: JobRecord, step: number | undefined): Promise<Checkpoint | undefined> {
  const { checkpoint, step: from } = rescuedFrom ?? { checkpoint: null, step: null };
  const isBefore = step === undefined || from === null || from < step - 1;
  return checkpoint !== null && isBefore && (await isThere(checkpoint))
    ? { path: checkpoint, step: from, modified: 0 }
    : undefined;
}

/** Folders that the command names: outputs often lie elsewhere than the code. */
async function foldersIn({ command, cwd }: JobRecord): Promise<string[]> {
  const named = command.slice(1).map((word) => path.resolve(cwd, word.slice(word.indexOf('=') + 1)));
  const outside = named.filter((file) => path.relative(cwd, file).startsWith('..') && path.dirname(file) !== file);
  const areFolders = await Promise.all(
    outside.map((file) =>
      stat(file).then(
        (one) => one.isDirectory(),
        () => false,
      ),
    ),
  );
  return outside.filter((_, index) => areFolders[index]);
}

/** When the hook wrote a step, in milliseconds since the epoch. */
async function timeOfStep(folder: string, step: number): Promise<number | undefined> {
  for (const name of [JOB_FILES.metrics, 'rank_0.jsonl']) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => '');
    const row = new RegExp(`^\\{"step":\\s*${step},\\s*"time":\\s*([\\d.]+)`, 'm').exec(text)?.[1];
    if (row !== undefined) {
      return Number(row) * 1000;
    }
  }
  return undefined;
}

function newest(checkpoints: readonly Checkpoint[]): Checkpoint | undefined {
  return [...checkpoints].sort((a, b) => a.modified - b.modified).at(-1);
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function latest(checkpoints: readonly Checkpoint[]): Checkpoint | undefined {
  return [...checkpoints].sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || a.modified - b.modified).at(-1);
}
