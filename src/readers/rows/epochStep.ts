/**
 * One step over all epochs, from logs whose iteration starts again in each epoch and that don't say how long an
 * epoch is. An epoch's iterations continue from the last one seen of the epoch before.
 */
export class EpochStep {
  #epoch = NaN;
  #base = 0;
  #interval = 0;
  #last = 0;
  #lastTraining = 0;

  /**
   * @param epoch number of the epoch; NaN where the log has none, and iterations count over the whole run
   * @param isTraining false for evaluation rows. Their iteration is the last of the epoch in some versions of mmcv,
   *   the number of evaluation batches in others: it counts only when it can be the former.
   */
  next(epoch: number, iteration: number, isTraining: boolean): number {
    if (!isTraining) {
      return this.#evaluation(epoch, iteration);
    }
    if (epoch > this.#epoch) {
      this.#base += this.#last;
      this.#last = 0;
      this.#lastTraining = 0;
    } else if (epoch < this.#epoch) {
      this.#rewind(epoch);
    }
    if (!Number.isNaN(epoch)) {
      this.#epoch = epoch;
    }
    if (iteration > this.#lastTraining) {
      this.#interval = iteration - this.#lastTraining;
    }
    this.#last = Math.max(this.#last, iteration);
    this.#lastTraining = iteration;
    return this.#base + iteration;
  }

  #evaluation(epoch: number, iteration: number): number {
    const endsEpoch = iteration >= this.#lastTraining && iteration < this.#lastTraining + this.#interval;
    if (endsEpoch && !(epoch > this.#epoch)) {
      this.#last = Math.max(this.#last, iteration);
    }
    return this.#base + this.#last;
  }

  /** A restart from an earlier epoch: epochs are taken to be as long as they were on average so far. */
  #rewind(epoch: number): void {
    const length = this.#epoch > 1 ? this.#base / (this.#epoch - 1) : 0;
    this.#base = Math.round(length * Math.max(0, epoch - 1));
    this.#last = 0;
    this.#lastTraining = 0;
  }
}
