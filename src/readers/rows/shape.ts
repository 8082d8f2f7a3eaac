import type { TagHandle } from '../../model/record.js';
import { isEpoch, isRank, isTotalSteps, mayBeWallTime, stepRank, stepUnitOf } from './columnNames.js';

/** A named column of a table or key of a row; one object per name, shared by all shapes that have it. */
export interface Column {
  readonly name: string;
  /** Handles by the number of the variant (rank and split), filled on demand. */
  readonly handles: (TagHandle | undefined)[];
  /** Rows in which it held a number, or an empty cell that stands for NaN. */
  filled: number;
  /** Rows in which it was there, filled or empty. */
  present: number;
}

/** Which metrics of a shape were filled together, and in how many rows. */
export interface Pattern {
  rows: number;
  /** Indexes into the columns of the shape. */
  readonly filled: ReadonlySet<number>;
}

/** The columns of a row in order, and which of them are no metrics. Indexes into `columns`, -1 where there is none. */
export interface Shape {
  readonly columns: readonly Column[];
  readonly step: number;
  readonly wallTime: number;
  readonly epoch: number;
  readonly rank: number;
  readonly total: number;
  readonly split: number;
  /** Indexes that are emitted as scalars. */
  readonly metrics: readonly number[];
  /** What rows of this shape looked like so far, by a hash of which cells were filled. */
  readonly patterns: Map<number, Pattern>;
}

const WALL_TIME_PREFERENCE = ['_timestamp', 'timestamp', 'wall_time'];

/** Finds what the columns are. `stepName` is the step column that the log has already settled on, if any. */
export function shapeOf(columns: readonly Column[], stepName: string | undefined, split: number): Shape {
  const names = columns.map((column) => column.name);
  const step = findStep(names, stepName);
  const wallTime = findWallTime(names);
  const rank = names.findIndex(isRank);
  const total = names.findIndex(isTotalSteps);
  const special = new Set([step, rank, total]);
  const metrics = names.map((_, index) => index).filter((index) => !special.has(index));
  const epoch = names.findIndex(isEpoch);
  return { columns, step, wallTime, epoch, rank, total, split, metrics, patterns: new Map() };
}

function findStep(names: readonly string[], settled: string | undefined): number {
  const known = settled === undefined ? -1 : names.indexOf(settled);
  if (known >= 0) {
    return known;
  }
  const best = bestStep(names);
  const candidate = names[best];
  const agrees = settled === undefined || (candidate !== undefined && stepUnitOf(candidate) === stepUnitOf(settled));
  return agrees ? best : -1;
}

/** Index of the name that rows are best plotted against, -1 when none counts steps. */
export function bestStep(names: readonly string[]): number {
  let best = -1;
  let bestRank = Infinity;
  names.forEach((name, index) => {
    const rank = stepRank(name);
    if (rank !== undefined && rank < bestRank) {
      best = index;
      bestRank = rank;
    }
  });
  return best;
}

function findWallTime(names: readonly string[]): number {
  for (const preferred of WALL_TIME_PREFERENCE) {
    const index = names.indexOf(preferred);
    if (index >= 0) {
      return index;
    }
  }
  return names.findIndex(mayBeWallTime);
}
