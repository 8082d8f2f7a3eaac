import type { StepUnit } from '../../model/record.js';
import { stepRank, stepUnitOf } from '../rows/columnNames.js';
import { StepCounter } from '../rows/stepCounter.js';
import type { LineRule } from './dialect.js';
import type { Observation } from './observation.js';
import type { Pair } from './pairs.js';

/** Where in the run something belongs. */
export interface Place {
  readonly step: number;
  readonly unit: StepUnit | undefined;
}

/** The newest progress bar, for lines that don't say themselves where they belong. */
export interface BarPlace extends Place {
  /** Steps of the whole run; NaN where the bar counts within an epoch. */
  readonly total: number;
  /** Whether it is filled and shows no metrics: it may have been that of one epoch. */
  readonly isFilledAndBare: boolean;
}

/** Tells at which step a printed line belongs: by what it says itself, else by the lines and bars before it. */
export class PlaceFinder {
  /** Place that opening lines gave to those directly after them. */
  context: Place | undefined;
  bar: BarPlace | undefined;
  /** Place of the newest line that others follow. */
  lead: Place | undefined;
  /** Metrics were placed by the bar that is followed: it is that of the training. */
  barIsUsed = false;
  /** Whether each epoch fills a bar of its own, so that its lines are placed by their epoch; undefined until seen. */
  #fillsBarEachEpoch: boolean | undefined;
  readonly #settingOf: (name: string) => unknown;
  /** Places an iteration in its epoch where the log does not say how long an epoch is. */
  readonly #iterations = new StepCounter(true);
  /** The same for steps that stand among the metrics. */
  readonly #steps = new StepCounter(true);
  #last: Place = { step: NaN, unit: undefined };
  #rows = 0;
  #firstEpoch = NaN;
  /** Epoch of the newest line that named one. */
  #epoch = NaN;
  #epochLength = 0;
  #epochUnit: StepUnit | undefined;
  /** Newest iteration of a line that may count over all epochs, and its epoch. */
  #iteration = NaN;
  #iterationEpoch = NaN;
  /** Whether iterations were seen to go on counting in a new epoch. */
  #countsOverall = false;
  #microSteps = NaN;

  /** @param settingOf a setting that the log printed, undefined where it did not */
  constructor(settingOf: (name: string) => unknown) {
    this.#settingOf = settingOf;
  }

  /** Number of the next thing that has no place of its own, from 1. */
  nextRow(): number {
    return ++this.#rows;
  }

  /** The place of a line; it becomes the one that later lines without any belong to. */
  of(rule: LineRule, observation: Observation): Place {
    this.#epoch = Number.isFinite(observation.epoch) ? observation.epoch : this.#epoch;
    const place = this.#find(rule, observation);
    if (rule.context === 'opens') {
      this.context = place;
    }
    if (rule.leads === true) {
      this.lead = place;
    }
    if (rule.context !== 'needs' && rule.context !== 'follows') {
      this.#last = place;
    }
    return place;
  }

  #find(rule: LineRule, observation: Observation): Place {
    const unit = observation.stepUnit;
    if (Number.isFinite(observation.step)) {
      return { step: rule.countsMicroSteps === true ? this.#updateOf(observation.step) : observation.step, unit };
    }
    if (rule.context === 'needs' && this.context !== undefined) {
      return this.context;
    }
    if (rule.context === 'follows' && this.lead !== undefined) {
      return this.lead;
    }
    return (
      this.#summary(rule, observation) ??
      this.#iterationIn(rule, observation) ??
      this.#named(observation) ??
      this.#aroundLine(observation)
    );
  }

  /** An evaluation, or a line that tells of a whole epoch: it stands at the end of the epoch. */
  #summary(rule: LineRule, { prefix, iteration, epoch }: Observation): Place | undefined {
    const isSummary = prefix !== '' || !Number.isFinite(iteration);
    if (!isSummary || rule.context === 'opens' || !Number.isFinite(epoch) || this.#epochLength === 0) {
      return undefined;
    }
    return this.#countsOverall
      ? { step: this.#iteration, unit: this.#epochUnit }
      : { step: this.stepInEpoch(epoch, this.#epochLength, this.#epochLength), unit: this.#epochUnit };
  }

  #iterationIn(rule: LineRule, { iteration, length, epoch, prefix, stepUnit }: Observation): Place | undefined {
    if (!Number.isFinite(iteration)) {
      return undefined;
    }
    const isEvaluation = prefix !== '' && !(Number.isFinite(epoch) && Number.isFinite(length));
    if (isEvaluation && Number.isFinite(this.#last.step)) {
      return this.#last;
    }
    if (!Number.isFinite(length)) {
      return { step: this.#iterations.next(iteration, this.#epoch), unit: stepUnit };
    }
    this.#epochLength = prefix === '' ? length : this.#epochLength;
    this.#epochUnit = stepUnit;
    if (rule.mayCountOverall === true) {
      this.#watchIteration(iteration);
    }
    const step = this.#countsOverall ? iteration : this.stepInEpoch(this.#epoch, iteration, length);
    return { step, unit: stepUnit };
  }

  /** An iteration that does not begin again with a new epoch counts over all of them. */
  #watchIteration(iteration: number): void {
    if (this.#epoch > this.#iterationEpoch && iteration > this.#iteration) {
      this.#countsOverall = true;
    }
    this.#iteration = iteration;
    this.#iterationEpoch = this.#epoch;
  }

  /** A pair of the line counts steps. */
  #named({ pairs, stepUnit, epoch }: Observation): Place | undefined {
    const named = stepPair(pairs, 'step');
    if (named === undefined) {
      return undefined;
    }
    const ofEpoch = Number.isFinite(epoch) ? epoch : stepPair(pairs, 'epoch')?.value;
    return { step: this.#steps.next(named.value, ofEpoch ?? NaN), unit: stepUnit };
  }

  /** Where the training is, for what says neither step nor epoch. */
  here(): Place {
    return this.#aroundLine({ pairs: [], epoch: NaN });
  }

  /** The place of a line that does not say it: the bar above it, else the step before it, else its epoch. */
  #aroundLine({ pairs, epoch }: Pick<Observation, 'pairs' | 'epoch'>): Place {
    if (this.bar !== undefined && !this.#isOfEpoch(this.bar, epoch)) {
      this.barIsUsed = true;
      return this.bar;
    }
    const named = Number.isFinite(epoch) ? epoch : stepPair(pairs, 'epoch')?.value;
    const { step, unit } = this.#last;
    if (this.bar !== undefined && named !== undefined) {
      return { step: named, unit: 'epoch' };
    }
    if (named !== undefined && (unit !== undefined || Number.isNaN(step))) {
      return { step: named, unit: 'epoch' };
    }
    return Number.isNaN(step) || unit === 'row' ? { step: this.nextRow(), unit: 'row' } : this.#last;
  }

  /** `Epoch 1: train loss 0.5` below a bar that this epoch has filled; the next one begins again at 0. */
  #isOfEpoch(bar: BarPlace, epoch: number): boolean {
    if (!Number.isFinite(epoch)) {
      return false;
    }
    this.#fillsBarEachEpoch ??= bar.isFilledAndBare;
    return this.#fillsBarEachEpoch;
  }

  /** The number of the first epoch, where the program is known. */
  countEpochsFrom(first: number): void {
    this.#firstEpoch = first;
  }

  /** The step of an iteration in an epoch of known length, counted over all epochs since the first that was seen. */
  stepInEpoch(epoch: number, iteration: number, length: number): number {
    if (!Number.isFinite(epoch)) {
      return iteration;
    }
    if (Number.isNaN(this.#firstEpoch) || epoch === 0) {
      this.#firstEpoch = epoch;
    }
    const origin = this.#firstEpoch === 0 ? 0 : 1;
    return (epoch - origin) * length + iteration;
  }

  /** The update that a forward pass belongs to. The first one that is logged is taken to be the first update's. */
  #updateOf(microStep: number): number {
    const setting = this.#settingOf('gradient_accumulation') ?? this.#settingOf('gradient_accumulation_steps');
    if (Number.isNaN(this.#microSteps)) {
      this.#microSteps = typeof setting === 'number' && setting >= 1 ? setting : Math.max(1, microStep);
    }
    return Math.ceil(microStep / this.#microSteps);
  }
}

/** The pair whose name counts what is asked for, the best of several. */
export function stepPair(pairs: readonly Pair[], unit: StepUnit): Pair | undefined {
  let best: Pair | undefined;
  let bestRank = Infinity;
  for (const pair of pairs) {
    const rank = stepRank(pair.name);
    if (rank !== undefined && rank < bestRank && stepUnitOf(pair.name) === unit && Number.isFinite(pair.value)) {
      best = pair;
      bestRank = rank;
    }
  }
  return best;
}
