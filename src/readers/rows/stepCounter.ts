/**
 * Turns what a row says about its place into a step that a person would plot: counts rows where nothing is said,
 * stays at the last step where one row does not say it, and continues over epochs where the logged step starts
 * again in every epoch.
 */
export class StepCounter {
  readonly #samePlaceRestarts: boolean;
  #rows = 0;
  #step = NaN;
  #raw = NaN;
  #interval = 0;
  #base = 0;
  #epoch = NaN;

  /** @param samePlaceRestarts whether the same step in the next whole epoch counts from that epoch's beginning */
  constructor(samePlaceRestarts = false) {
    this.#samePlaceRestarts = samePlaceRestarts;
  }

  /** The step of the next row. Pass NaN for a step or an epoch that the row does not have. */
  next(raw: number, epoch: number): number {
    this.#rows++;
    if (!Number.isFinite(raw)) {
      return Number.isNaN(this.#step) ? this.#rows : this.#step;
    }
    const repeats = this.#samePlaceRestarts && raw === this.#raw && Number.isInteger(epoch) && epoch > this.#epoch;
    if (raw < this.#raw || repeats) {
      this.#restart(raw, epoch);
    } else if (raw > this.#raw) {
      this.#interval = raw - this.#raw;
    }
    this.#raw = raw;
    if (Number.isFinite(epoch)) {
      this.#epoch = epoch;
    }
    this.#step = this.#base + raw;
    return this.#step;
  }

  /** The step fell: either a new epoch counts from its own beginning, or the run was resumed or restarted. */
  #restart(raw: number, epoch: number): void {
    if (Math.floor(epoch) > Math.floor(this.#epoch)) {
      this.#base = raw === 0 ? this.#step + this.#interval : this.#step;
    } else {
      this.#base = 0;
    }
  }
}
