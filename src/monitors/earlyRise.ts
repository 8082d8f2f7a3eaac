import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { median } from '../signals/rise.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { lossIsNoProgress } from './rewardLearning.js';
import { at, quantity, rows, times } from './words.js';

/** Rows from the start that count as the beginning. */
const EARLY_ROWS = 30;
/** A loss this many times its first value is going the wrong way. */
const PEAK_RATIO = 2;
/** ... or this many times in several rows. */
const LASTING_RATIO = 1.35;
const LASTING_ROWS = 3;
const FEWEST_ROWS = 5;
/** Lower quartile of the size of changes between normal values, in their standard deviations: √2 Φ⁻¹(5/8). */
const QUARTILE_OF_CHANGES = 0.4506;
/** Median of the same: √2 Φ⁻¹(3/4). */
const MEDIAN_OF_CHANGES = 0.954;
/** Changes from which on those of a smooth fall are a minority. */
const MANY_CHANGES = 20;
/** The same for changes of changes: √6 Φ⁻¹(5/8). */
const QUARTILE_OF_BENDS = 0.7805;
/** The rise in units of the noise from row to row. */
const NOISE_FACTOR = 5;
/** Steps that are too large raise the gradients as well: a norm below this many times its first value has not risen ... */
const CALM_RATIO = 1.5;
/** ... unless it hardly moves at all, as one logged after clipping. */
const MOVING = 1.02;
/** A peak whose neighbours have risen by no more than this share of its own rise, in logarithms, is one odd batch ... */
const ALONE_SHARE = 0.2;
/** ... after so many rows, from which on a spike can be told, ... */
const ALONE_AFTER = 8;
/** ... where rows lie no more steps apart than this. */
const DENSE_STRIDE = 10;
/** The rise begins within so many rows; later it is a spike. */
const ONSET_ROWS = 5;

/** The beginning of one loss series, after the last fresh start. */
class BeginningWatch {
  readonly signal: Signal;
  points = 0;
  first = Number.NaN;
  firstStep = 0;
  peak = -Infinity;
  peakStep = 0;
  /** Counted from 1. */
  peakRow = 0;
  /** The rows before and after the peak; the one before alone where it is the newest. */
  besidePeak: number[] = [];
  highRows = 0;
  /** Counted from 1. */
  firstHighRow: number | undefined;
  lastHighStep = 0;
  lowest = Infinity;
  newest = Number.NaN;
  /** Mean steps from one row of the beginning to the next. */
  stride = 0;
  private readonly changes: number[] = [];
  private before = Number.NaN;
  private segment = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  /**
   * Standard deviation of the logarithm from row to row. The quieter half of the changes counts: the rise itself is no
   * noise. In a short log the changes of changes count if they are smaller: nor is a smooth fall after the rise.
   */
  get noise(): number {
    const changes = this.changes.slice(1);
    if (changes.length >= MANY_CHANGES) {
      return median(changes.map(Math.abs)) / MEDIAN_OF_CHANGES;
    }
    const bends = changes.slice(1).map((change, index) => change - (changes[index] ?? 0));
    return Math.min(lowerQuartile(changes) / QUARTILE_OF_CHANGES, lowerQuartile(bends) / QUARTILE_OF_BENDS);
  }

  push({ step, value, segment }: Sample): void {
    if (segment !== this.segment) {
      this.segment = segment;
      if (this.points > EARLY_ROWS) {
        return;
      }
    }
    if (!Number.isFinite(value)) {
      return;
    }
    this.points++;
    this.newest = value;
    if (this.points > EARLY_ROWS || segment > 0) {
      return;
    }
    this.lowest = Math.min(this.lowest, value);
    if (this.points === 1) {
      this.first = value;
      this.firstStep = step;
      this.before = value;
    }
    this.changes.push(Math.log(value / this.before));
    if (value > this.peak) {
      this.peak = value;
      this.peakStep = step;
      this.peakRow = this.points;
      this.besidePeak = [this.before];
    } else if (this.before === this.peak) {
      this.besidePeak.push(value);
    }
    this.before = value;
    this.stride = (step - this.firstStep) / Math.max(1, this.points - 1);
    if (value > LASTING_RATIO * this.first) {
      this.firstHighRow ??= this.points;
      this.highRows++;
      this.lastHighStep = step;
    }
  }
}

/** The gradient norm over the same rows. */
class EarlyNorms {
  private readonly values: number[] = [];

  push({ value, segment }: Sample): void {
    if (this.values.length < EARLY_ROWS && segment === 0) {
      this.values.push(value);
    }
  }

  /** It was logged and has not risen. */
  get calm(): boolean {
    const highest = Math.max(...this.values);
    return (
      this.values.length >= FEWEST_ROWS &&
      highest < CALM_RATIO * (this.values[0] ?? Number.NaN) &&
      highest >= MOVING * Math.min(...this.values)
    );
  }
}

class EarlyRiseSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly norms = new PerSeries(() => new EarlyNorms());
  private readonly series = new PerSeries((signal) => new BeginningWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'gradient-norm') {
      this.norms.of(sample).push(sample);
    } else {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return lossIsNoProgress('early-rise');
    }
    return this.watches().some(({ points }) => points >= FEWEST_ROWS)
      ? undefined
      : {
          monitor: 'early-rise',
          missing: [`at least ${FEWEST_ROWS} rows of train/loss`],
          remedy: 'Log the training loss more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    if (this.notEvaluated() !== undefined) {
      return [];
    }
    const calm = this.norms.all.some(({ watcher }) => watcher.calm);
    const all = this.watches();
    const comparable = all.filter(({ points }) => points >= (all[0]?.points ?? 0) / 2);
    const risen = comparable.filter((watch) => rose(watch, calm));
    return risen.length > comparable.length / 2 ? risen.slice(0, 1).map(findingOf) : [];
  }

  private watches(): BeginningWatch[] {
    return this.series
      .withRole((role) => role === 'train/loss')
      .map(({ watcher }) => watcher)
      .toSorted((left, right) => right.points - left.points);
  }
}

function lowerQuartile(values: readonly number[]): number {
  const sizes = values.map(Math.abs).toSorted((left, right) => left - right);
  return sizes[Math.floor(sizes.length / 4)] ?? Number.NaN;
}

/** The peak is one batch unlike the others, not a rise of the weights. */
function standsAlone({ besidePeak, first, peak, peakRow, stride }: BeginningWatch): boolean {
  const limit = ALONE_SHARE * Math.log(peak / first);
  return (
    stride < DENSE_STRIDE &&
    peakRow > ALONE_AFTER &&
    besidePeak.length === 2 &&
    besidePeak.every((value) => Math.log(value / first) < limit)
  );
}

/** With calm gradients, only a loss that doubles; a queue that fills lets it grow by less. */
function rose(watch: BeginningWatch, calm: boolean): boolean {
  const { points, first, peak, highRows, firstHighRow, lowest, noise } = watch;
  return (
    !standsAlone(watch) &&
    points >= FEWEST_ROWS &&
    (firstHighRow ?? Infinity) <= ONSET_ROWS &&
    lowest > 0 &&
    (peak >= PEAK_RATIO * first || (!calm && highRows >= LASTING_ROWS && peak >= LASTING_RATIO * first)) &&
    Math.log(peak / first) >= NOISE_FACTOR * noise
  );
}

function findingOf(watch: BeginningWatch): Finding {
  const { signal } = watch;
  const { role, series } = signal;
  const back = watch.newest < watch.first;
  return {
    id: `early-rise:${series.tag}:${series.rank ?? 0}:${watch.firstStep}`,
    monitor: 'early-rise',
    symptom: 'early-rise',
    severity: 'warning',
    confidence: 0.85,
    fromStep: watch.firstStep,
    toStep: Math.max(watch.lastHighStep, watch.peakStep),
    open: !back,
    title: `Training loss shot up at the start: ${quantity(watch.first)} to ${quantity(watch.peak)} by ${at(signal, watch.peakStep)}`,
    explanation:
      `The training loss began at ${quantity(watch.first)} and was ${times(watch.peak / watch.first)} that, ` +
      `${quantity(watch.peak)}, at ${at(signal, watch.peakStep)}. ` +
      (back
        ? `It is ${quantity(watch.newest)} by now.`
        : `It has not come back below its start yet (${rows(watch.points)} so far).`) +
      ' The first steps are too large: the learning rate reaches its peak too early, or is too high.',
    otherCauses: [
      'A loss that is low by construction at first, such as a contrastive loss with an empty queue or a penalty that is phased in.',
    ],
    evidence: [
      {
        role,
        tag: series.tag,
        ...(series.rank === undefined ? {} : { rank: series.rank }),
        step: watch.peakStep,
        value: watch.peak,
        baseline: watch.first,
        baselineMeaning: 'first row',
      },
    ],
    papers: [
      { title: 'On the Variance of the Adaptive Learning Rate and Beyond', authors: 'Liu et al.', year: 2020 },
      {
        title: 'Why Warmup the Learning Rate? Underlying Mechanisms and Improvements',
        authors: 'Kalra and Barkeshli',
        year: 2024,
      },
    ],
  };
}

/** The loss rises in the very first rows instead of falling. */
export const earlyRise: Monitor = {
  id: 'early-rise',
  title: 'Rise at the start',
  symptoms: ['early-rise'],
  needs: [['train/loss']],
  uses: ['gradient-norm'],
  constants: [
    { name: 'EARLY_ROWS', value: EARLY_ROWS, meaning: 'rows that count as the beginning', source: 'chosen' },
    {
      name: 'PEAK_RATIO',
      value: PEAK_RATIO,
      meaning: 'times the first value in a single row',
      source: 'chosen: contrastive losses with a queue grow by less',
    },
    { name: 'LASTING_RATIO', value: LASTING_RATIO, meaning: 'times the first value in several rows', source: 'chosen' },
    { name: 'LASTING_ROWS', value: LASTING_ROWS, meaning: 'how many rows', source: 'chosen' },
    {
      name: 'NOISE_FACTOR',
      value: NOISE_FACTOR,
      meaning: 'rise in units of the noise from row to row',
      source: 'five standard deviations',
    },
    {
      name: 'CALM_RATIO',
      value: CALM_RATIO,
      meaning: 'times its first value below which the gradient norm has not risen with the loss',
      source: 'own runs: 0.9 with a queue that fills, 5 and more with too high a rate',
    },
    {
      name: 'MOVING',
      value: MOVING,
      meaning: 'highest over lowest norm below which it was logged after clipping',
      source: 'chosen',
    },
    {
      name: 'ALONE_SHARE',
      value: ALONE_SHARE,
      meaning:
        'share of its rise (in logarithms) that the rows on either side of a peak have made, below which it is one odd batch',
      source: 'chosen: a rise of the weights takes several steps, up and down',
    },
    {
      name: 'ALONE_AFTER',
      value: ALONE_AFTER,
      meaning: 'rows after which such a peak is left to the monitor of spikes',
      source: 'the rows that it needs before it',
    },
    {
      name: 'DENSE_STRIDE',
      value: DENSE_STRIDE,
      meaning: 'steps between rows from which on one row is no single batch',
      source: 'as the monitor of spikes',
    },
    {
      name: 'ONSET_ROWS',
      value: ONSET_ROWS,
      meaning: 'rows within which the rise begins',
      source: 'chosen: a jump after a steady beginning is a spike',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Losses that begin high and fall, however high (detector heads begin at 156 or 24,000).',
    'Losses that are zero or negative in the beginning.',
    'One row between rows that are no higher than the first: a batch unlike the others.',
    'A loss that does not double while the gradient norm has not risen with it: contrastive losses while their queue fills.',
    'Reinforcement learning.',
    'Rows after a restart.',
  ],
  papers: [],
  remedy: 'Log the training loss from the first step on.',
  start: (run) => new EarlyRiseSession(run),
};
