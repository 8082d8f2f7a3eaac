/**
 * How long an epoch is, in steps, as the log tells: from fractions of epochs, or from the steps at which a counter of
 * whole epochs moves on.
 */
export class EpochClock {
  private firstStep = Number.NaN;
  private firstEpoch = Number.NaN;
  private lastStep = Number.NaN;
  private lastEpoch = Number.NaN;
  private fractions = false;
  private firstEdge: { readonly step: number; readonly epoch: number } | undefined;
  private lastEdge: { readonly step: number; readonly epoch: number } | undefined;

  push(step: number, epoch: number): void {
    if (!Number.isFinite(epoch)) {
      return;
    }
    if (epoch < this.lastEpoch || step < this.lastStep || Number.isNaN(this.firstStep)) {
      this.begin(step, epoch);
      return;
    }
    this.fractions ||= !Number.isInteger(epoch);
    if (Math.floor(epoch) > Math.floor(this.lastEpoch)) {
      this.lastEdge = { step, epoch: Math.floor(epoch) };
      this.firstEdge ??= this.lastEdge;
    }
    this.lastStep = step;
    this.lastEpoch = epoch;
  }

  /** NaN until two edges or a good part of an epoch were seen, and where the steps themselves are epochs. */
  get stepsPerEpoch(): number {
    const [from, to] = this.fractions
      ? [
          { step: this.firstStep, epoch: this.firstEpoch },
          { step: this.lastStep, epoch: this.lastEpoch },
        ]
      : [this.firstEdge, this.lastEdge];
    if (from === undefined || to === undefined || to.epoch - from.epoch < 1) {
      return Number.NaN;
    }
    const steps = (to.step - from.step) / (to.epoch - from.epoch);
    return steps > 1 ? steps : Number.NaN;
  }

  /** Epochs at a step, with their fraction; NaN while the length of an epoch is not known. */
  epochAt(step: number): number {
    const origin = this.fractions ? { step: this.firstStep, epoch: this.firstEpoch } : this.firstEdge;
    return origin === undefined ? Number.NaN : origin.epoch + (step - origin.step) / this.stepsPerEpoch;
  }

  private begin(step: number, epoch: number): void {
    this.firstStep = step;
    this.firstEpoch = epoch;
    this.lastStep = step;
    this.lastEpoch = epoch;
    this.fractions = !Number.isInteger(epoch);
    this.firstEdge = undefined;
    this.lastEdge = undefined;
  }
}
