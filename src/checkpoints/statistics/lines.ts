import type { LineStatistics } from '../../model/tensor.js';

/** Elements of each line that its root mean square is taken from, at even distances. */
const SAMPLES = 64;
/** More lines than this are not told apart. */
const MOST_LINES = 1 << 22;
const FIRST_DEAD = 16;

/** Which rows and columns of a matrix are zero throughout, and how large each is, as its elements come by in order. */
export class LineAccumulator {
  readonly #rows: number;
  readonly #columns: number;
  readonly #rowPower: Float64Array;
  readonly #columnPower: Float64Array;
  readonly #columnDistance: number;
  readonly #rowDistance: number;
  /** Columns in which nothing but zeros has been seen. */
  #zeroColumns: Int32Array | undefined;
  #zeroColumnCount: number;
  readonly #deadRows: number[] = [];
  #deadRowCount = 0;
  #row = 0;
  #column = 0;
  #rowIsZero = true;

  private constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#rowPower = new Float64Array(rows);
    this.#columnPower = new Float64Array(columns);
    this.#columnDistance = Math.max(1, Math.ceil(columns / SAMPLES));
    this.#rowDistance = Math.max(1, Math.ceil(rows / SAMPLES));
    this.#zeroColumnCount = columns;
  }

  /** @returns undefined for what is no matrix, or one with more lines than are told apart. */
  static of(rows: number, columns: number): LineAccumulator | undefined {
    return rows > 1 && columns > 1 && Math.max(rows, columns) <= MOST_LINES
      ? new LineAccumulator(rows, columns)
      : undefined;
  }

  /** The next elements, of which `value` gives the one at an index from 0 to `count`. */
  add(value: (index: number) => number, count: number): void {
    for (let start = 0; start < count;) {
      const length = Math.min(this.#columns - this.#column, count - start);
      this.#addToRow(value, start, length);
      start += length;
      this.#column += length;
      if (this.#column === this.#columns) {
        this.#endRow();
      }
    }
  }

  finish(): { readonly rows: LineStatistics; readonly columns: LineStatistics } {
    const zeroColumns = this.#zeroColumns?.subarray(0, this.#zeroColumnCount) ?? [];
    return {
      rows: this.#lines(this.#rowPower, this.#columns, this.#columnDistance, this.#deadRowCount, this.#deadRows),
      columns: this.#lines(
        this.#columnPower,
        this.#rows,
        this.#rowDistance,
        this.#zeroColumnCount,
        Array.from(zeroColumns.slice(0, FIRST_DEAD)),
      ),
    };
  }

  #addToRow(value: (index: number) => number, start: number, length: number): void {
    const column = this.#column;
    for (let index = 0; this.#rowIsZero && index < length; index++) {
      this.#rowIsZero = value(start + index) === 0;
    }
    this.#dropColumns(value, start, length);
    const distance = this.#columnDistance;
    let power = 0;
    for (let index = (distance - (column % distance)) % distance; index < length; index += distance) {
      const element = value(start + index);
      power += Number.isFinite(element) ? element * element : 0;
    }
    this.#rowPower[this.#row] = (this.#rowPower[this.#row] as number) + power;
    if (this.#row % this.#rowDistance === 0) {
      for (let index = 0; index < length; index++) {
        const element = value(start + index);
        this.#columnPower[column + index] =
          (this.#columnPower[column + index] as number) + (Number.isFinite(element) ? element * element : 0);
      }
    }
  }

  /** Columns that are not zero leave the list, which is empty after a few rows of an ordinary matrix. */
  #dropColumns(value: (index: number) => number, start: number, length: number): void {
    if (this.#zeroColumnCount === 0) {
      return;
    }
    this.#zeroColumns ??= Int32Array.from({ length: this.#columns }, (_, column) => column);
    const columns = this.#zeroColumns;
    let kept = 0;
    for (let place = 0; place < this.#zeroColumnCount; place++) {
      const column = columns[place] as number;
      const index = column - this.#column;
      if (index < 0 || index >= length || value(start + index) === 0) {
        columns[kept++] = column;
      }
    }
    this.#zeroColumnCount = kept;
  }

  #endRow(): void {
    if (this.#rowIsZero) {
      this.#deadRowCount++;
      if (this.#deadRows.length < FIRST_DEAD) {
        this.#deadRows.push(this.#row);
      }
    }
    this.#row++;
    this.#column = 0;
    this.#rowIsZero = true;
  }

  #lines(
    power: Float64Array,
    length: number,
    distance: number,
    dead: number,
    firstDead: readonly number[],
  ): LineStatistics {
    const samples = Math.ceil(length / distance);
    let largestIndex = 0;
    power.forEach((one, index) => {
      if (one > (power[largestIndex] as number)) {
        largestIndex = index;
      }
    });
    const largest = power[largestIndex] as number;
    const median = power.slice().sort()[power.length >>> 1] as number;
    return {
      count: power.length,
      dead,
      firstDead,
      medianRms: Math.sqrt(median / samples),
      largestRms: Math.sqrt(largest / samples),
      largestIndex,
    };
  }
}
