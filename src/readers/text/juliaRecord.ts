const OPENING = /^┌ (?:Info|Debug): /;
const ENTRY = /^[│└] {2,}(\S.*)$/;
/** Where in the source a record was logged. */
const ORIGIN = /^└ @ /;
/** Longer records are no metrics. */
const MAXIMUM_LINES = 100;

/**
 * Puts a record of Julia's logging on one line: `┌ Info: train`, `│   epoch = 1`, `└   loss = 0.5` become `train, epoch
 * = 1, loss = 0.5`. Lines that turn out to be no record come back as they were.
 */
export class JuliaRecord {
  #held: string[] = [];

  /** The lines that can be read now, in their order; none while a record is open. */
  take(line: string): readonly string[] {
    if (this.#held.length === 0) {
      if (!OPENING.test(line)) {
        return [line];
      }
      this.#held = [line];
      return [];
    }
    const isEnd = ORIGIN.test(line);
    if ((!isEnd && !ENTRY.test(line)) || this.#held.length >= MAXIMUM_LINES) {
      return [...this.end(), ...this.take(line)];
    }
    this.#held.push(line);
    if (!line.startsWith('└')) {
      return [];
    }
    const [first = '', ...rest] = this.#held;
    this.#held = [];
    const entries = rest.flatMap((part) => ENTRY.exec(part)?.[1] ?? []);
    return [[first.replace(OPENING, ''), ...entries].join(', ')];
  }

  /** What is held of a record that never ended. */
  end(): readonly string[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
