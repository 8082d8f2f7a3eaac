import { CheckpointError } from '../../checkpoints/checkpointError.js';
import { compareCheckpoints } from '../../checkpoints/compare.js';
import { openCheckpoint } from '../../checkpoints/formats.js';
import type { OpenedCheckpoint } from '../../checkpoints/formats.js';
import { judgeComparison, stepsOf } from '../../checkpoints/judging/comparisonRules.js';
import { judgeCheckpoint } from '../../checkpoints/judging/rules.js';
import type { Cancellation } from '../../checkpoints/source.js';
import type { StatisticsOptions } from '../../checkpoints/statistics/tensorStatistics.js';
import { summarise } from '../../checkpoints/summary.js';
import type { CheckpointReport, ComparisonReport } from '../../model/tensor.js';
import { DiskCheckpointFiles, FolderError } from './diskFiles.js';
import { MAIN_FILES, mainFileIn } from './mainFile.js';

/** Opens the checkpoint under a path, a file or the folder of one, for as long as it is used. */
export async function withCheckpoint<Result>(
  file: string,
  use: (checkpoint: OpenedCheckpoint, files: DiskCheckpointFiles) => Promise<Result>,
): Promise<Result> {
  const files = await openFileOrFolder(file);
  try {
    return await use(await openCheckpoint(files), files);
  } finally {
    await files.close();
  }
}

/** Reads a checkpoint once from beginning to end, and judges it. Fails as the file system does, or with a {@link CheckpointError}. */
export function reportCheckpoint(file: string, options: StatisticsOptions = {}): Promise<CheckpointReport> {
  return withCheckpoint(file, async (checkpoint) => {
    const tensors = await summarise(checkpoint, options);
    const { format, opaque, values, problems } = checkpoint;
    const findings = judgeCheckpoint({ ...checkpoint, tensors });
    return { path: file, format, tensors, opaque, values: Object.fromEntries(values), findings, problems };
  });
}

/** Reads two checkpoints of one run side by side, and judges what became of the first in the second. */
export function reportComparison(
  first: string,
  second: string,
  cancellation?: Cancellation,
): Promise<ComparisonReport> {
  return withCheckpoint(first, (before) =>
    withCheckpoint(second, async (after) => {
      const compared = await compareCheckpoints(before, after, cancellation);
      const steps = stepsOf(before, after, compared.tensors);
      return {
        path: second,
        format: after.format,
        comparedWith: { path: first, format: before.format },
        ...compared,
        findings: judgeComparison({ ...compared, first: before, second: after, steps }),
        problems: [...before.problems, ...after.problems],
      };
    }),
  );
}

async function openFileOrFolder(file: string): Promise<DiskCheckpointFiles> {
  try {
    return await DiskCheckpointFiles.open(file);
  } catch (error) {
    if (error instanceof FolderError) {
      return openFolder(file);
    }
    throw error;
  }
}

async function openFolder(folder: string): Promise<DiskCheckpointFiles> {
  const file = await mainFileIn(folder);
  if (file !== undefined) {
    return DiskCheckpointFiles.open(file);
  }
  throw new CheckpointError(
    'a folder without a checkpoint',
    0,
    `name a file in it, or a folder with ${MAIN_FILES.join(', ')}`,
  );
}
