import { EMPTY, NUMBER, OTHER, type Cells } from './cells.js';
import type { Column, Pattern, Shape } from './shape.js';

/** Rows that a column or a set of columns must have been filled in before its emptiness says anything. */
const MINIMUM_HISTORY = 5;

/** Different sets of filled columns that are remembered. */
const MAXIMUM_PATTERNS = 64;

/**
 * Tells the empty cells that mean NaN from those that mean "not logged here". Writers that go through pandas keep
 * infinities and turn NaN into an empty cell; writers that go through some JSON libraries turn it into null. The
 * evidence for NaN is one of:
 * - the column was filled in every row so far (at least 5) and is empty now, while the filled cells of the row are
 *   ones that were filled together with it in at least 5 rows: so it is no evaluation row, which has other columns;
 * - no metric of the row is filled at all, which no row was before: nobody logs a row without a metric. The columns
 *   that go together most often are then taken for NaN. Tables with W&B's own counters are exempt: there, such a row
 *   is one that logged something else.
 * Cells that read NaN are NaN, whatever this rule says.
 */
export class DisguisedNaN {
  readonly #enabled: boolean;
  #blankRowsAreNaN = true;
  #lastStep = -Infinity;
  /** The stretch of rows with the same cells filled that is going on: judged at its first row, counted at its end. */
  #shape: Shape | undefined;
  #hash = 0;
  #rows = 0;
  #states = new Uint8Array(0);
  #pattern: Pattern | undefined;
  #disguised: readonly number[] = [];

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** Looks at a row, marks its disguised cells as NaN, and remembers it. */
  inspect(shape: Shape, cells: Cells, timeIndex: number, step: number): void {
    if (!this.#enabled) {
      return;
    }
    const { states } = cells;
    let kinds = 0;
    let hash = 0;
    for (const index of shape.metrics) {
      if (index !== timeIndex && index !== shape.epoch) {
        const state = states[index] as number;
        hash = (Math.imul(hash, 31) + state) | 0;
        kinds |= 1 << state;
      }
    }
    if (hash !== this.#hash || shape !== this.#shape) {
      this.#endStretch();
      this.#beginStretch(shape, cells, { kinds, hash, timeIndex, step });
    }
    for (const index of this.#disguised) {
      states[index] = NUMBER;
      cells.numbers[index] = NaN;
    }
    this.#rows++;
    this.#lastStep = step;
  }

  #beginStretch(shape: Shape, cells: Cells, row: RowLook): void {
    this.#shape = shape;
    this.#hash = row.hash;
    this.#disguised = this.#judge(shape, cells, row);
    this.#states = cells.states.slice(0, shape.columns.length);
    for (const index of this.#disguised) {
      this.#states[index] = NUMBER;
    }
    this.#pattern = patternOf(shape, this.#states, row);
  }

  #endStretch(): void {
    for (const index of this.#shape?.metrics ?? []) {
      const state = this.#states[index];
      if (state === NUMBER || state === EMPTY) {
        const column = this.#shape?.columns[index] as Column;
        column.present += this.#rows;
        column.filled += state === NUMBER ? this.#rows : 0;
      }
    }
    if (this.#pattern !== undefined) {
      this.#pattern.rows += this.#rows;
    }
    this.#rows = 0;
  }

  /** Indexes of the empty cells that stand for NaN. */
  #judge(shape: Shape, cells: Cells, row: RowLook): readonly number[] {
    const has = (state: number) => (row.kinds & (1 << state)) !== 0;
    if (!has(EMPTY)) {
      return [];
    }
    if (has(NUMBER)) {
      return denseCells(shape, cells, row.timeIndex);
    }
    return has(OTHER) ? [] : this.#blankCells(shape, cells, row.step);
  }

  #blankCells(shape: Shape, { states }: Cells, step: number): readonly number[] {
    const usual = usualPattern(shape);
    const ownCounter = shape.columns.some((column) => column.name.startsWith('_') || column.name === 'Step');
    this.#blankRowsAreNaN &&= !ownCounter && usual !== undefined && step > this.#lastStep;
    return this.#blankRowsAreNaN ? [...(usual?.filled ?? [])].filter((index) => states[index] === EMPTY) : [];
  }
}

/** What was seen of a row in one pass over its cells. */
interface RowLook {
  /** Bit set of the states that occur. */
  readonly kinds: number;
  readonly hash: number;
  readonly timeIndex: number;
  readonly step: number;
}

function denseCells(shape: Shape, { states }: Cells, timeIndex: number): readonly number[] {
  const suspects = shape.metrics.filter((index) => states[index] === EMPTY && isDense(shape.columns[index]));
  if (suspects.length === 0) {
    return [];
  }
  const filled = shape.metrics.filter(
    (index) => states[index] === NUMBER && index !== timeIndex && index !== shape.epoch,
  );
  const companions = [...shape.patterns.values()].filter(
    (pattern) => pattern.rows >= MINIMUM_HISTORY && filled.every((index) => pattern.filled.has(index)),
  );
  return suspects.filter((index) => companions.some((pattern) => pattern.filled.has(index)));
}

function isDense(column: Column | undefined): boolean {
  return column !== undefined && column.filled >= MINIMUM_HISTORY && column.filled === column.present;
}

function usualPattern(shape: Shape): Pattern | undefined {
  let usual: Pattern | undefined;
  for (const pattern of shape.patterns.values()) {
    if (pattern.rows >= MINIMUM_HISTORY && pattern.filled.size > 0 && pattern.rows > (usual?.rows ?? 0)) {
      usual = pattern;
    }
  }
  return usual;
}

function patternOf(shape: Shape, states: Uint8Array, row: RowLook): Pattern | undefined {
  let pattern = shape.patterns.get(row.hash);
  if (pattern === undefined && shape.patterns.size < MAXIMUM_PATTERNS) {
    const isFilled = (index: number) => states[index] === NUMBER && index !== row.timeIndex && index !== shape.epoch;
    pattern = { rows: 0, filled: new Set(shape.metrics.filter(isFilled)) };
    shape.patterns.set(row.hash, pattern);
  }
  return pattern;
}
