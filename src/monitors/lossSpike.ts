import type { Finding, NotEvaluated, Severity } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { ExcursionTracker, FEWEST_BASELINE_POINTS, SIGMAS_AT_90_PERCENT } from '../signals/excursions.js';
import type { Excursion } from '../signals/excursions.js';
import { ExcessTail } from '../signals/excessTail.js';
import type { LearningRate } from '../signals/learningRate.js';
import type { ObjectiveChanges } from '../signals/objectiveChanges.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { Clusters } from './clusters.js';
import type { Cluster } from './clusters.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { lossIsNoProgress } from './rewardLearning.js';
import { at, count, quantity, rows, times } from './words.js';

/** A single row this many times as high as the rows before. */
const TALL_RATIO = 3;
/** The same where a row stands for many steps: one row is then no single batch. */
const TALL_RATIO_SPARSE = 2;
/** Steps between rows from which on a log counts as sparse. */
const SPARSE_STRIDE = 10;
/** Two rows or more this many times as high. */
const DOUBLE_RATIO = 2;
/** Three rows or more this many times as high. */
const LASTING_RATIO = 1.2;
const LASTING_ROWS = 3;
/** In robust standard deviations above the rows before. */
const TALL_SIGMAS = 8;
const LASTING_SIGMAS = 5.5;
/** The same for the logarithm, for noise that is a factor rather than a term. */
const TALL_LOG_SIGMAS = 6;
const LASTING_LOG_SIGMAS = 4;
/** Share of all that the run had learned so far (its highest level less its present one) that the spike undoes. */
const SHARE_OF_DESCENT = 0.1;
/** How many times the furthest that this run strays as a matter of course. */
const TALL_OVER_USUAL = 3;
const LASTING_OVER_USUAL = 1.5;
/** Single rows that strayed and came back, from which on they tell how heavy the tail of the noise is. */
const TAIL_ROWS = 20;
/** A row that the largest of them would exceed by chance more often than this is one of them. */
const TAIL_CHANCE = 0.01;
/** Rows of history before anything but a towering spike is judged. */
const SETTLED_ROWS = 30;
const EARLY_SIGMAS = 10;
/** Height of a single towering row before that. */
const EARLY_RATIO = 8;
/** ... or of several rows above the highest value of the run so far. */
const ABOVE_ALL_RATIO = 1.5;
/** A single row of this height is worth a note, no more. */
const BLIP_RATIO = 1.3;
const BLIP_SIGMAS = 10;
/** A learning rate that rose by this factor shortly before explains a rise of the loss. */
const RESTART_FACTOR = 1.5;
const RESTART_ROWS = 20;

/** A jump that ends this near to the first value of the run has begun again. */
const SAME_START = 0.1;
/** ... when it takes at least this share of the rows before to fall again. */
const SAME_FALL = 0.1;

/** What the run does on purpose that moves its loss. */
interface Schedules {
  readonly learningRate: LearningRate | undefined;
  readonly objective: ObjectiveChanges;
}

interface Spike extends Excursion {
  readonly severity: Severity;
  /** Whether enough of the tail of the noise had been seen to hold it against. */
  readonly tailKnown: boolean;
}

/** One segmentwise watch over one loss series. */
class SpikeWatch {
  readonly signal: Signal;
  readonly spikes = new Clusters<Spike>((spike) => spike.peak - spike.baseline);
  readonly blips = new Clusters<Spike>((spike) => spike.peak - spike.baseline);
  private readonly tracker = new ExcursionTracker({ settledAfter: SETTLED_ROWS });
  /** How far single rows strayed, in robust standard deviations. */
  private readonly tail = new ExcessTail();
  private segment = 0;
  private highestLevel = -Infinity;
  private lowestValue = Infinity;
  private firstValue = Number.NaN;
  /** Of the rows outside excursions. */
  private highestValue = -Infinity;
  points = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push(sample: Sample, schedules: Schedules): void {
    if (sample.segment !== this.segment) {
      this.segment = sample.segment;
      this.tracker.reset();
      this.highestLevel = -Infinity;
      this.highestValue = -Infinity;
    }
    if (!Number.isFinite(sample.value)) {
      return;
    }
    if (Number.isNaN(this.firstValue)) {
      this.firstValue = sample.value;
    }
    this.points++;
    this.lowestValue = Math.min(this.lowestValue, sample.value);
    const ended = this.tracker.push(sample.step, sample.value);
    if (this.tracker.open === undefined && ended === undefined) {
      this.highestValue = Math.max(this.highestValue, sample.value);
    }
    if (this.tracker.points >= FEWEST_BASELINE_POINTS) {
      this.highestLevel = Math.max(this.highestLevel, this.tracker.baseline);
    }
    if (ended !== undefined) {
      this.keep(ended, schedules);
    }
  }

  /** What is going on right now and already counts. */
  ongoing(schedules: Schedules): Spike | undefined {
    const open = this.tracker.open;
    const severity = open === undefined ? undefined : this.judge(open, schedules);
    return open === undefined || severity === undefined || severity === 'info'
      ? undefined
      : { ...open, severity, tailKnown: this.tailKnown };
  }

  /** What stood out when it came may turn out to be of the tail of the run's noise, once there is more of it to see. */
  wasOfTail({ events, greatest }: Cluster<Spike>): boolean {
    const { baseline, highPoints, peak, sigma, tailKnown } = greatest;
    return events === 1 && highPoints === 1 && !tailKnown && this.isOfTail((peak - baseline) / sigma);
  }

  private keep(excursion: Excursion, schedules: Schedules): void {
    const severity = this.judge(excursion, schedules);
    const { tailKnown } = this;
    if (excursion.highPoints === 1 && excursion.state === 'recovered') {
      this.tail.push((excursion.peak - excursion.baseline) / excursion.sigma);
    }
    if (severity !== 'warning') {
      this.tracker.dismiss(excursion);
    }
    if (severity === 'info') {
      this.blips.add({ ...excursion, severity, tailKnown });
    } else if (severity !== undefined) {
      this.spikes.add({ ...excursion, severity, tailKnown });
    }
  }

  private judge(excursion: Excursion, { learningRate, objective }: Schedules): Severity | undefined {
    const excess = excursion.peak - excursion.baseline;
    const sigmas = excess / excursion.sigma;
    const ratio = this.ratio(excursion);
    const descent = Math.max(0, this.highestSoFar(excursion) - excursion.baseline);
    const settled = excursion.pointsBefore >= SETTLED_ROWS;
    const scheduled =
      ((ratio < TALL_RATIO || !settled) && followsLearningRate(excursion, learningRate)) ||
      followsObjective(excursion, objective);
    const again = this.beginsAgain(excursion);
    const matters = !again && excess >= SHARE_OF_DESCENT * descent && !scheduled;
    if (matters && this.isSpike(excursion, excess, sigmas, ratio)) {
      return 'warning';
    }
    return ratio >= BLIP_RATIO && sigmas >= BLIP_SIGMAS && excess >= SHARE_OF_DESCENT * descent ? 'info' : undefined;
  }

  /** The first rows pass before there is a level: there the first value stands for it. */
  private highestSoFar({ pointsBefore }: Excursion): number {
    return pointsBefore >= SETTLED_ROWS ? this.highestLevel : Math.max(this.highestLevel, this.firstValue);
  }

  /** Jumps to where the run began, in one row, and falls as slowly from there again: weights set back on purpose. */
  private beginsAgain({ peak, fromStep, peakStep, state, points, pointsBefore }: Excursion): boolean {
    return (
      fromStep === peakStep &&
      Math.abs(peak - this.firstValue) <= SAME_START * Math.abs(this.firstValue) &&
      (state === 'stayed' || points >= SAME_FALL * pointsBefore)
    );
  }

  private isSpike(excursion: Excursion, excess: number, sigmas: number, ratio: number): boolean {
    const { highPoints, usualExcess, pointsBefore, stride } = excursion;
    const logSigmas = this.lowestValue > 0 ? Math.log(ratio) / logarithmicSigma(excursion) : sigmas;
    const tallRatio = stride >= SPARSE_STRIDE ? TALL_RATIO_SPARSE : TALL_RATIO;
    const settled = pointsBefore >= SETTLED_ROWS;
    const towers = !settled && excursion.peak >= EARLY_RATIO * excursion.highestBefore && this.lowestValue > 0;
    const earlyRatio = highPoints >= LASTING_ROWS ? TALL_RATIO : EARLY_RATIO;
    const tall =
      ratio >= (settled ? tallRatio : earlyRatio) &&
      sigmas >= (settled ? TALL_SIGMAS : EARLY_SIGMAS) &&
      (logSigmas >= TALL_LOG_SIGMAS || towers) &&
      excess >= TALL_OVER_USUAL * usualExcess &&
      !(highPoints === 1 && this.isOfTail(sigmas));
    const aboveAll =
      !settled &&
      highPoints >= 2 &&
      excursion.peak >= ABOVE_ALL_RATIO * this.highestValue &&
      this.lowestValue > 0 &&
      sigmas >= EARLY_SIGMAS &&
      logSigmas >= TALL_LOG_SIGMAS;
    const doubled =
      settled &&
      ratio >= DOUBLE_RATIO &&
      highPoints >= 2 &&
      sigmas >= TALL_SIGMAS &&
      logSigmas >= TALL_LOG_SIGMAS &&
      excess >= LASTING_OVER_USUAL * usualExcess;
    const lasting =
      settled &&
      ratio >= LASTING_RATIO &&
      highPoints >= LASTING_ROWS &&
      sigmas >= LASTING_SIGMAS &&
      logSigmas >= LASTING_LOG_SIGMAS &&
      excess >= LASTING_OVER_USUAL * usualExcess;
    return tall || aboveAll || doubled || lasting;
  }

  private get tailKnown(): boolean {
    return this.tail.count >= TAIL_ROWS;
  }

  /** Rows of this size are what the tail of the run's own noise brings. */
  private isOfTail(sigmas: number): boolean {
    return this.tailKnown && sigmas <= this.tail.largestExpected(TAIL_CHANCE);
  }

  /** Times the level before; for a loss that can be negative, in units of all the ground covered so far. */
  private ratio(excursion: Excursion): number {
    if (this.lowestValue > 0) {
      return excursion.peak / excursion.baseline;
    }
    const ground = Math.max(this.highestLevel - excursion.baseline, Math.abs(excursion.baseline), excursion.sigma);
    return 1 + (excursion.peak - excursion.baseline) / ground;
  }
}

/** The spread of the points before, as that of their logarithms: the same upper decile. */
function logarithmicSigma({ sigma, baseline }: Excursion): number {
  return Math.log(1 + (SIGMAS_AT_90_PERCENT * sigma) / baseline) / SIGMAS_AT_90_PERCENT;
}

function followsLearningRate(excursion: Excursion, rate: LearningRate | undefined): boolean {
  if (rate === undefined) {
    return false;
  }
  const { fromStep, stride } = excursion;
  const before = Array.from({ length: RESTART_ROWS }, (_, row) => rate.at(fromStep - (row + 1) * stride));
  const lowest = Math.min(...before.filter(Number.isFinite));
  return Number.isFinite(lowest) && rate.at(fromStep) >= RESTART_FACTOR * lowest;
}

/** The run went over to another objective just before: a new level is no accident. */
function followsObjective({ fromStep, stride }: Excursion, objective: ObjectiveChanges): boolean {
  return objective.jumpedBetween(fromStep - RESTART_ROWS * stride, fromStep + stride);
}

class LossSpikeSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new SpikeWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.series.of(sample).push(sample, this.run.derived);
  }

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return lossIsNoProgress('loss-spike');
    }
    const most = Math.max(0, ...this.watches().map(({ points }) => points));
    return most > FEWEST_BASELINE_POINTS
      ? undefined
      : {
          monitor: 'loss-spike',
          missing: [`more than ${FEWEST_BASELINE_POINTS} rows of train/loss`],
          remedy: 'Log the training loss more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    if (this.notEvaluated() !== undefined) {
      return [];
    }
    return this.watches().flatMap((watch) => this.findingsOf(watch));
  }

  private watches(): SpikeWatch[] {
    return this.series.withRole((role) => role === 'train/loss').map(({ watcher }) => watcher);
  }

  private findingsOf(watch: SpikeWatch): Finding[] {
    const ongoing = watch.ongoing(this.run.derived);
    const clusters: Cluster<Spike>[] = watch.spikes.all.filter((cluster) => !watch.wasOfTail(cluster));
    if (ongoing !== undefined) {
      clusters.push({ fromStep: ongoing.fromStep, toStep: ongoing.toStep, events: 1, greatest: ongoing });
    }
    const blips = watch.blips.all.map((cluster) => blipFinding(watch.signal, cluster));
    return [...clusters.map((cluster) => spikeFinding(watch.signal, cluster)), ...blips];
  }
}

function evidenceOf(signal: Signal, spike: Spike): Finding['evidence'] {
  const { role, series } = signal;
  return [
    {
      role,
      tag: series.tag,
      ...(series.rank === undefined ? {} : { rank: series.rank }),
      step: spike.peakStep,
      value: spike.peak,
      baseline: spike.baseline,
      baselineMeaning: `median of the ${rows(spike.baselinePoints)} before`,
    },
  ];
}

function identify(signal: Signal, fromStep: number): string {
  return `loss-spike:${signal.series.tag}:${signal.series.rank ?? 0}:${fromStep}`;
}

function rise({ baseline, peak }: Spike): string {
  return baseline > 0 && peak / baseline >= 1.05
    ? `${times(peak / baseline)} the usual ${quantity(baseline)}`
    : `from ${quantity(baseline)}`;
}

function spikeFinding(signal: Signal, cluster: Cluster<Spike>): Finding {
  const { greatest, events } = cluster;
  const open = greatest.state === 'open';
  const lasted = greatest.points;
  const story =
    `The training loss jumped from ${quantity(greatest.baseline)} to ${quantity(greatest.peak)} at ${at(signal, greatest.peakStep)}. ` +
    (open
      ? `It has not come back yet (${rows(lasted)} so far).`
      : greatest.state === 'stayed'
        ? `It had not come back ${rows(lasted)} later.`
        : `It came back after ${rows(lasted)}.`);
  const repeated =
    events > 1
      ? ` This is the highest of ${count(events)} spikes between ${at(signal, cluster.fromStep)} and ${count(cluster.toStep)}.`
      : '';
  return {
    id: identify(signal, cluster.fromStep),
    monitor: 'loss-spike',
    symptom: 'loss-spike',
    severity: 'warning',
    confidence: greatest.peak - greatest.baseline > 20 * greatest.sigma || events > 1 ? 0.9 : 0.8,
    fromStep: cluster.fromStep,
    toStep: cluster.toStep,
    open,
    title:
      events > 1
        ? `Training loss spiked ${count(events)} times, up to ${quantity(greatest.peak)}`
        : `Training loss spiked to ${quantity(greatest.peak)}, ${rise(greatest)}, at ${at(signal, greatest.peakStep)}`,
    explanation: story + repeated,
    otherCauses: [
      'A batch unlike the others (long, corrupted or from another source): the same step then spikes again after a restart with the same data order.',
      'A change made on purpose at that step: a loss term switched on, another data mixture, another sequence length.',
    ],
    evidence: evidenceOf(signal, greatest),
    papers: [
      { title: 'ZClip: Adaptive Spike Mitigation for LLM Pre-Training', authors: 'Kumar et al.', year: 2025 },
      {
        title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
        authors: 'Huang et al.',
        year: 2025,
      },
    ],
  };
}

function blipFinding(signal: Signal, { greatest, events, fromStep, toStep }: Cluster<Spike>): Finding {
  return {
    id: identify(signal, fromStep),
    monitor: 'loss-spike',
    symptom: 'loss-spike',
    severity: 'info',
    confidence: 0.5,
    fromStep,
    toStep,
    open: false,
    title:
      events > 1
        ? `${count(events)} short blips of the training loss`
        : `A short blip of the training loss at ${at(signal, greatest.peakStep)}`,
    explanation:
      `The training loss was ${quantity(greatest.peak)} at ${at(signal, greatest.peakStep)} where ${quantity(greatest.baseline)} is usual, and ` +
      `back ${rows(greatest.points)} later, without any lasting effect.`,
    otherCauses: ['A hard batch. Nothing needs to be done as long as the loss comes back at once.'],
    evidence: evidenceOf(signal, greatest),
    papers: [],
  };
}

/** The training loss jumps above its recent level, and comes back or not. */
export const lossSpike: Monitor = {
  id: 'loss-spike',
  title: 'Loss spike',
  symptoms: ['loss-spike'],
  needs: [['train/loss']],
  uses: [],
  constants: [
    {
      name: 'TALL_RATIO',
      value: TALL_RATIO,
      meaning: 'a single row this many times the median before is a spike',
      source: "Lightning's SpikeDetection: about 3 times the mean of 10",
    },
    {
      name: 'TALL_RATIO_SPARSE',
      value: TALL_RATIO_SPARSE,
      meaning: 'the same where rows are many steps apart',
      source: 'chosen: such rows are means, or the spike lasted',
    },
    {
      name: 'SPARSE_STRIDE',
      value: SPARSE_STRIDE,
      meaning: 'steps between rows of a sparse log',
      source: "the default logging interval of nanoGPT and of Hugging Face's examples",
    },
    {
      name: 'DOUBLE_RATIO',
      value: DOUBLE_RATIO,
      meaning: 'height of a spike of two rows',
      source: 'above the noise of single micro-batches in healthy 1B runs (1.9 times in one row, never in two)',
    },
    {
      name: 'LASTING_RATIO',
      value: LASTING_RATIO,
      meaning: 'height of a spike of three rows or more',
      source: 'healthy public runs stay below 1.2 over three rows',
    },
    {
      name: 'LASTING_ROWS',
      value: LASTING_ROWS,
      meaning: 'rows that make a spike lasting',
      source: 'three independent outliers in a row are rare even in heavy-tailed noise',
    },
    {
      name: 'TALL_SIGMAS',
      value: TALL_SIGMAS,
      meaning: 'robust standard deviations of a spike of one or two rows',
      source: 'z > 5 still fires on up to 0.7 % of healthy steps (measured on ZClip)',
    },
    {
      name: 'LASTING_SIGMAS',
      value: LASTING_SIGMAS,
      meaning: 'robust standard deviations of a spike of three rows',
      source: 'as above',
    },
    {
      name: 'TALL_LOG_SIGMAS',
      value: TALL_LOG_SIGMAS,
      meaning: 'the same for the logarithm of the loss, one or two rows',
      source: 'losses near 0 have log-normal noise',
    },
    { name: 'LASTING_LOG_SIGMAS', value: LASTING_LOG_SIGMAS, meaning: 'the same for three rows', source: 'as above' },
    {
      name: 'SHARE_OF_DESCENT',
      value: SHARE_OF_DESCENT,
      meaning: 'share of all progress so far that the spike undoes',
      source: 'chosen: a loss near 0 multiplies easily without meaning anything',
    },
    {
      name: 'TALL_OVER_USUAL',
      value: TALL_OVER_USUAL,
      meaning: 'times the furthest that the run strays as a matter of course',
      source: 'chosen, for heavy-tailed batch noise',
    },
    {
      name: 'LASTING_OVER_USUAL',
      value: LASTING_OVER_USUAL,
      meaning: 'the same for spikes of several rows',
      source: 'chosen',
    },
    {
      name: 'TAIL_ROWS',
      value: TAIL_ROWS,
      meaning: 'single rows that strayed and came back, which tell how heavy the tail of the noise is',
      source: "chosen: Hill's estimate of the tail index from fewer is off by more than a quarter",
    },
    {
      name: 'TAIL_CHANCE',
      value: TAIL_CHANCE,
      meaning: 'chance that the largest of them is larger, above which a single row is one of them',
      source: 'chosen: once in a hundred such runs',
    },
    {
      name: 'SETTLED_ROWS',
      value: SETTLED_ROWS,
      meaning: 'rows before anything but a towering spike is judged',
      source: 'chosen: losses bump while the learning rate warms up',
    },
    {
      name: 'EARLY_SIGMAS',
      value: EARLY_SIGMAS,
      meaning: 'robust standard deviations of a spike before that',
      source: 'chosen: few rows make a poor estimate',
    },
    { name: 'EARLY_RATIO', value: EARLY_RATIO, meaning: 'height of a single row before that', source: 'chosen' },
    {
      name: 'ABOVE_ALL_RATIO',
      value: ABOVE_ALL_RATIO,
      meaning: 'times the highest value of the run so far, in two rows or more before that',
      source: 'chosen: no fall of the first rows ends above where it began',
    },
    {
      name: 'SAME_START',
      value: SAME_START,
      meaning: 'relative distance to the first value of the run at which a jump has begun again',
      source: 'chosen: deliberate re-initialisation',
    },
    {
      name: 'SAME_FALL',
      value: SAME_FALL,
      meaning: 'share of the rows before that the new fall takes at least',
      source: 'chosen: a collapse recovers faster than it was first learned',
    },
    {
      name: 'RESTART_FACTOR',
      value: RESTART_FACTOR,
      meaning: 'growth of the learning rate that explains a rise',
      source: 'warm restarts (Loshchilov and Hutter, SGDR)',
    },
  ],
  silences: [
    'Single rows up to three times the usual in a log that has every step: hard batches (a note, not a warning).',
    'Single rows of a run whose noise has a heavy tail, where many strayed before and the tail of their sizes reaches as far (a note).',
    'The first rows of a run or of a restart.',
    'Right after the learning rate rose by half or more: warm restarts and the end of warmup.',
    'Right after a logged setting of the objective jumped (stage of a curriculum, weight of a loss term, length of sequences): a note at most.',
    'Reinforcement learning, whose losses do not measure progress.',
    'A jump to the very loss with which the run began, and the same fall again: weights set back on purpose.',
    'Losses near zero that multiply without undoing a tenth of what was learned.',
  ],
  papers: [],
  remedy: 'Log the training loss at every step, or as a mean over few steps.',
  start: (run) => new LossSpikeSession(run),
};
