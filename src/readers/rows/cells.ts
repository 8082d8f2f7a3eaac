/** What a cell holds. */
export const ABSENT = 0;
export const NUMBER = 1;
/** An empty CSV cell or a JSON null: not logged, or NaN in disguise. */
export const EMPTY = 2;
/** Words, lists, booleans. */
export const OTHER = 3;

/** The cells of one row, index by index as the columns of its shape. Reused from row to row. */
export class Cells {
  numbers = new Float64Array(64);
  states = new Uint8Array(64);

  reserve(length: number): void {
    if (length > this.numbers.length) {
      const capacity = Math.max(length, 2 * this.numbers.length);
      const numbers = new Float64Array(capacity);
      numbers.set(this.numbers);
      const states = new Uint8Array(capacity);
      states.set(this.states);
      this.numbers = numbers;
      this.states = states;
    }
  }
}
