import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';

/** Above this, Slurm's own default limit (MaxArraySize) refuses, too. */
const MOST_INDEXES = 10_000;

/** The indexes of a job array: `0-7`, `1,3,5-9:2`, `0-15%4` (four at a time). */
export function arrayIndexes(array: string): Result<readonly number[]> {
  const [ranges = ''] = array.split('%', 1);
  const indexes = new Set<number>();
  for (const range of ranges.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+)(?::(\d+))?)?\s*$/.exec(range);
    const [from, to, step] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1]), Number(match?.[3] ?? 1)];
    if (!match || to < from || step < 1) {
      return failure(`array ${array}: write indexes as 0-7, as 1,3,5 or as 0-15:4, with %N for how many at a time`);
    }
    if ((to - from) / step + indexes.size >= MOST_INDEXES) {
      return failure(`array ${array}: more than ${MOST_INDEXES} jobs`);
    }
    for (let index = from; index <= to; index += step) {
      indexes.add(index);
    }
  }
  return ok([...indexes].sort((a, b) => a - b));
}

/** Where the job of one index writes, below the folder of the run. */
export function indexFolder(index: number | string): string {
  return `task-${index}`;
}
