import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

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

const SKIPPED_FOLDERS = /^(?:\.|node_modules$|__pycache__$|site-packages$|venv$|env$|wandb$|mlruns$)/;
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

function latest(checkpoints: readonly Checkpoint[]): Checkpoint | undefined {
  return [...checkpoints].sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || a.modified - b.modified).at(-1);
}
