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
  #lastShape: Shape | undefined;
  #lastHash = -1;
  #lastPattern: Pattern | undefined;
  #blankRowsAreNaN = true;
  #lastStep = -Infinity;

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** Looks at a row, marks its disguised cells as NaN, and remembers it. */
  inspect(shape: Shape, cells: Cells, timeIndex: number, step: number): void {
    if (!this.#enabled) {
      return;
    }
    const { states } = cells;
    let counts = 0;
    let hash = 0;
    for (const index of shape.metrics) {
      if (index !== timeIndex && index !== shape.epoch) {
        const state = states[index] as number;
        hash = (Math.imul(hash, 31) + state) | 0;
        counts |= 1 << state;
      }
    }
    if ((counts & (1 << EMPTY)) !== 0) {
      if ((counts & (1 << NUMBER)) !== 0) {
        this.#markDense(shape, cells, timeIndex);
      } else if ((counts & (1 << OTHER)) === 0) {
        this.#markBlank(shape, cells, step);
      }
    }
    this.#remember(shape, cells, hash, timeIndex);
    this.#lastStep = step;
  }

  #markDense(shape: Shape, cells: Cells, timeIndex: number): void {
    const { states } = cells;
    const suspects = shape.metrics.filter((index) => states[index] === EMPTY && isDense(shape.columns[index]));
    if (suspects.length === 0) {
      return;
    }
    const filled = shape.metrics.filter(
      (index) => states[index] === NUMBER && index !== timeIndex && index !== shape.epoch,
    );
    for (const pattern of shape.patterns.values()) {
      if (pattern.rows >= MINIMUM_HISTORY && filled.every((index) => pattern.filled.has(index))) {
        suspects.filter((index) => pattern.filled.has(index)).forEach((index) => markNaN(cells, index));
      }
    }
  }

  #markBlank(shape: Shape, cells: Cells, step: number): void {
    const usual = usualPattern(shape);
    const ownCounter = shape.columns.some((column) => column.name.startsWith('_') || column.name === 'Step');
    if (!this.#blankRowsAreNaN || ownCounter || usual === undefined || step <= this.#lastStep) {
      this.#blankRowsAreNaN = false;
      return;
    }
    for (const index of usual.filled) {
      if (cells.states[index] === EMPTY) {
        markNaN(cells, index);
      }
    }
  }

  #remember(shape: Shape, { states }: Cells, hash: number, timeIndex: number): void {
    for (const index of shape.metrics) {
      const state = states[index];
      if (state === NUMBER || state === EMPTY) {
        const column = shape.columns[index] as Column;
        column.present++;
        column.filled += state === NUMBER ? 1 : 0;
      }
    }
    if (hash !== this.#lastHash || shape !== this.#lastShape) {
      this.#lastHash = hash;
      this.#lastShape = shape;
      this.#lastPattern = patternOf(shape, states, hash, timeIndex);
    }
    if (this.#lastPattern !== undefined) {
      this.#lastPattern.rows++;
    }
  }
}

function isDense(column: Column | undefined): boolean {
  return column !== undefined && column.filled >= MINIMUM_HISTORY && column.filled === column.present;
}

function markNaN(cells: Cells, index: number): void {
  cells.states[index] = NUMBER;
  cells.numbers[index] = NaN;
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

function patternOf(shape: Shape, states: Uint8Array, hash: number, timeIndex: number): Pattern | undefined {
  let pattern = shape.patterns.get(hash);
  if (pattern === undefined && shape.patterns.size < MAXIMUM_PATTERNS) {
    const isFilled = (index: number) => states[index] === NUMBER && index !== timeIndex && index !== shape.epoch;
    pattern = { rows: 0, filled: new Set(shape.metrics.filter(isFilled)) };
    shape.patterns.set(hash, pattern);
  }
  return pattern;
}
