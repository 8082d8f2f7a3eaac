import { splitPrefix } from '../rows/columnNames.js';
import { countOf, type Pair } from './pairs.js';
import { stepPair, type Place, type PlaceFinder } from './placeFinder.js';
import type { PrintedTags } from './printedTags.js';
import type { Bar } from './progressBar.js';

/** A label under which a bar counts training steps, and not files that are being loaded. */
const TRAINING_LABEL = /^$|train|step|epoch|iter|update|episode/i;

interface Drawing {
  readonly step: number;
  readonly done: number;
  readonly prefix: string;
  readonly pairs: readonly Pair[];
}

/**
 * Follows the progress bars of one process. A bar is drawn again and again at one step, first with the metrics of the
 * step before: the last drawing of each step counts.
 */
export class BarFollower {
  readonly #tags: PrintedTags;
  readonly #places: PlaceFinder;
  readonly #rank: number;
  #pending: Drawing | undefined;
  /** The newest bar with metrics that does not name its epoch. */
  #newest: Bar | undefined;
  /** What was last told of each metric. */
  readonly #told = new Map<string, number>();
  /** Where the newest bar of the training stood. */
  #trained = NaN;
  /** Whether text stands between the newest bar with metrics and the next. */
  #isParted = false;
  /** Filled bars without metrics or epoch. */
  #filledBare = 0;
  /** How long the longest of them is. */
  #bareTotal = 0;
  /** The place that they gave last. */
  #bareLead: Place | undefined;
  /** Steps of the bars with metrics that were filled before the newest one: one for each epoch. */
  #base = 0;

  constructor(tags: PrintedTags, places: PlaceFinder, rank: number) {
    this.#tags = tags;
    this.#places = places;
    this.#rank = rank;
  }

  take(bar: Bar): void {
    const epoch = countOf(/\bepoch:?\s*[[#]?(\d+)/i.exec(bar.label)?.[1]);
    if (bar.epochsFromZero) {
      this.#places.countEpochsFrom(0);
    }
    const prefix = splitOfLabel(bar.label);
    const drawn = this.#drawnAt(bar, epoch, prefix);
    const isTraining = prefix === '' && (bar.hasMetricLabel || TRAINING_LABEL.test(bar.label));
    const step = Number.isFinite(bar.step) ? bar.step : (stepPair(bar.pairs, 'step')?.value ?? drawn);
    if (isTraining && !this.#isInner(bar, epoch)) {
      this.#trained = step;
      this.#giveLead(bar, epoch, step);
      this.#places.bar = {
        step,
        unit: undefined,
        total: Number.isFinite(epoch) || this.#base > 0 ? NaN : bar.total,
        isFilledAndBare: bar.pairs.length === 0 && bar.done === bar.total,
      };
    }
    if (bar.pairs.length === 0) {
      return;
    }
    if (isTraining && !Number.isFinite(epoch)) {
      this.#tags.tellTotal(this.#base > 0 ? NaN : bar.total);
    }
    if (this.#pending !== undefined && (this.#pending.step !== step || this.#pending.prefix !== prefix)) {
      this.flush();
    }
    this.#pending = { step, done: bar.done, prefix, pairs: bar.pairs };
  }

  /** The step that a bar shows: that of the training for one that counts an evaluation; over all epochs where its label names one, or where full bars came before it. */
  #drawnAt(bar: Bar, epoch: number, prefix: string): number {
    if (prefix !== '' && Number.isFinite(this.#trained)) {
      return this.#trained;
    }
    if (Number.isFinite(epoch)) {
      return Number.isFinite(bar.total) ? this.#places.stepInEpoch(epoch, bar.done, bar.total) : bar.done;
    }
    if (bar.pairs.length === 0 || prefix !== '') {
      return bar.done;
    }
    const before = this.#newest;
    if (before?.total === bar.total && (bar.done < before.done || this.#isFilledAnew(before, bar))) {
      this.#base = before.done === before.total ? this.#base + before.total : 0;
    }
    this.#newest = bar;
    this.#isParted = false;
    return this.#base + bar.done;
  }

  /** Only the last drawing of each bar stands in the log: the next epoch's has other metrics, with text between. */
  #isFilledAnew(before: Bar, bar: Bar): boolean {
    const isOther = bar.pairs.some(({ name, value }) =>
      before.pairs.some((other) => other.name === name && !Object.is(other.value, value)),
    );
    return this.#isParted && bar.done === bar.total && before.done === bar.total && isOther;
  }

  /**
   * What is printed below a bar belongs to it: results of an evaluation, of an epoch. Bars without metrics or epoch
   * stand back behind all else that tells the place, shorter ones of evaluations behind the longest.
   */
  #giveLead(bar: Bar, epoch: number, step: number): void {
    if (bar.pairs.length > 0 || Number.isFinite(epoch)) {
      this.#places.lead = { step, unit: undefined };
    } else if (this.#places.lead === this.#bareLead && !(bar.total < this.#bareTotal)) {
      this.#bareLead = this.#placeOfBare(bar, step);
      this.#places.lead = this.#bareLead;
    }
  }

  /** Counted in filled bars, for as long as the bars are filled one after the other. */
  #placeOfBare(bar: Bar, step: number): Place {
    if (bar.done !== bar.total) {
      return { step, unit: undefined };
    }
    this.#filledBare = bar.total > this.#bareTotal ? 0 : this.#filledBare;
    this.#filledBare += this.#isParted || this.#filledBare === 0 ? 1 : 0;
    this.#bareTotal = bar.total;
    this.#isParted = false;
    return { step: this.#filledBare, unit: 'epoch' };
  }

  /** A line that is no bar stands between the bars before and behind it. */
  textBetween(): void {
    this.#isParted = true;
  }

  /** A shorter bar without a name, drawn below that of the training: evaluation batches. */
  #isInner(bar: Bar, epoch: number): boolean {
    const outer = this.#places.bar;
    return (
      Number.isNaN(epoch) &&
      bar.label === '' &&
      outer !== undefined &&
      this.#places.barIsUsed &&
      bar.total < outer.total
    );
  }

  /** Hands over what was drawn last. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined && Number.isFinite(pending.step)) {
      const pairs = this.#news(pending);
      this.#tags.emit(pairs, { step: pending.step, unit: undefined }, pending.prefix, this.#rank, NaN);
    }
  }

  /**
   * A bar goes on showing what the last evaluation gave while the next epoch is trained, and begins an epoch with the
   * metrics of the one before: those are told once.
   */
  #news({ pairs, done, prefix }: Drawing): readonly Pair[] {
    const isOld = ({ name, value }: Pair): boolean => Object.is(this.#told.get(prefix + name), value);
    const news = done === 0 && pairs.every(isOld) ? [] : pairs.filter((pair) => !isHeldOver(pair.name) || !isOld(pair));
    pairs.forEach(({ name, value }) => this.#told.set(prefix + name, value));
    return news;
  }
}

/** Metrics of an evaluation or of a whole epoch, which do not change with every step. */
function isHeldOver(name: string): boolean {
  return splitOfLabel(name) !== '' || name.endsWith('_epoch');
}

/** What goes before the metrics of a bar with this label: `val/` for one that counts an evaluation. */
function splitOfLabel(label: string): string {
  return (
    label
      .split(/[^A-Za-z]+/)
      .map(splitPrefix)
      .find((prefix) => prefix !== '') ?? ''
  );
}
