import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { isTrainingLoss } from '../signals/derivedQuantities.js';
import { LevelHistory } from '../signals/levelHistory.js';
import type { Level } from '../signals/levelHistory.js';
import { levelAtSteps, levelBetween } from '../signals/levelShares.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, times } from './words.js';

/** A norm that climbs this many times over ... */
const EXPLODING_RATIO = 100;
/** ... over this share of the rows or more explodes. */
const CLIMB_SHARE = 0.15;
/** It begins where the norm last was within this share of the climb, in the logarithm, of its lowest. */
const FOOT_SHARE = 0.05;
/** The climb is cut into so many pieces; it is a trend when nearly all are higher than the one before ... */
const CLIMB_PIECES = 8;
const FEWEST_RISING_PIECES = 6;
/** ... and none holds more than this share of it (a jump is another story). */
const GREATEST_STEP_SHARE = 0.5;
/** A norm that has fallen below this share of what it was has vanished ... */
const VANISHED_SHARE = 1e-3;
/** ... and so has one that never was greater. */
const VANISHED_NORM = 1e-6;
/** A loss above this share of its start shows that little has been learned. */
const STUCK_RATIO = 0.7;
/** A loss that has risen by less than this over the second half of the climb is still doing well. */
const LOSS_HOLDS = 1.02;
/** A learning rate below this share of its peak has been switched off. */
const RATE_OFF = 0.01;
/** Rows before the first judgement. */
const FEWEST_ROWS = 60;
/** Shares of the rows: the first settle, the next are "at first", the last are "now". */
const SETTLED_SHARE = 0.05;
const EARLY_SHARE = 0.2;
const NOW_SHARE = 0.9;
/** Stands for a norm of exactly zero, whose logarithm is none. */
const SMALLEST_NORM = 1e-30;

interface Trend {
  readonly fromStep: number;
  readonly toStep: number;
  /** Norms before and now. */
  readonly before: number;
  readonly now: number;
}

class TrendWatch {
  readonly signal: Signal;
  private readonly history = new LevelHistory();
  private rows = 0;
  private segment = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  get points(): number {
    return this.rows;
  }

  push({ step, value, segment }: Sample): void {
    if (segment !== this.segment) {
      this.segment = segment;
      this.history.clear();
      this.rows = 0;
    }
    if (Number.isFinite(value) && value >= 0) {
      this.rows++;
      this.history.push(step, Math.log(Math.max(value, SMALLEST_NORM)));
    }
  }

  /** The climb from the lowest level to the newest, if it is long, steady and high enough. */
  exploding(): Trend | undefined {
    const levels = this.history.levels.slice(Math.floor(SETTLED_SHARE * this.history.levels.length));
    if (this.rows < FEWEST_ROWS) {
      return undefined;
    }
    const before = Math.min(...levels.map(({ level }) => level));
    const now = levelBetween(levels, NOW_SHARE, 1);
    const foot = levels.findLastIndex(({ level }) => level <= before + FOOT_SHARE * (now - before));
    const climb = levels.slice(foot);
    if (
      now - before < Math.log(EXPLODING_RATIO) ||
      climb.length < CLIMB_SHARE * levels.length ||
      !isSteady(climb, now - before)
    ) {
      return undefined;
    }
    return trendOf(climb, before, now);
  }

  /** The stretch at the end in which the norm is a tiny share of what it was, or tiny from the start. */
  vanished(): Trend | undefined {
    const { levels } = this.history;
    if (this.rows < FEWEST_ROWS) {
      return undefined;
    }
    const before = levelBetween(levels, SETTLED_SHARE, EARLY_SHARE);
    const now = levelBetween(levels, NOW_SHARE, 1);
    const bound = Math.max(before + Math.log(VANISHED_SHARE), Math.log(VANISHED_NORM));
    if (now > bound || (now > before + Math.log(VANISHED_SHARE) && before > Math.log(VANISHED_NORM))) {
      return undefined;
    }
    const lastAbove = levels.findLastIndex(({ level }) => level > bound);
    const gone = levels.slice(lastAbove + 1);
    return gone.length < (1 - NOW_SHARE) * levels.length ? undefined : trendOf(gone, before, now);
  }
}

/** Whether a climb of so much, in the logarithm, came about piece by piece. */
function isSteady(climb: readonly Level[], height: number): boolean {
  const pieces = Array.from({ length: CLIMB_PIECES }, (_, piece) =>
    levelBetween(climb, piece / CLIMB_PIECES, (piece + 1) / CLIMB_PIECES),
  );
  const steps = pieces.slice(1).map((level, index) => level - (pieces[index] ?? level));
  const whole = (pieces.at(-1) ?? 0) - (pieces[0] ?? 0);
  return (
    climb.length >= CLIMB_PIECES &&
    steps.filter((step) => step > 0).length >= FEWEST_RISING_PIECES &&
    Math.max(...steps) <= GREATEST_STEP_SHARE * whole &&
    // A jump within the first piece leaves little to climb between the pieces.
    whole >= GREATEST_STEP_SHARE * height
  );
}

function trendOf(levels: readonly Level[], before: number, now: number): Trend {
  return {
    fromStep: levels[0]?.fromStep ?? Number.NaN,
    toStep: levels.at(-1)?.toStep ?? Number.NaN,
    before: Math.exp(before),
    now: Math.exp(now),
  };
}

class GradientTrendSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new TrendWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'gradient-norm') {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.series.all.some(({ watcher }) => watcher.points >= FEWEST_ROWS)
      ? undefined
      : {
          monitor: 'gradient-trend',
          missing: [`at least ${FEWEST_ROWS} rows of gradient-norm`],
          remedy: 'Log the gradient norm more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => {
      const exploding = watcher.exploding();
      const vanished = watcher.vanished();
      return [
        ...(exploding === undefined ? [] : [explodingFinding(watcher.signal, exploding, this.lossSuffers(exploding))]),
        ...(vanished === undefined || !this.learnedNothing(vanished)
          ? []
          : [vanishedFinding(watcher.signal, vanished)]),
      ];
    });
  }

  private lossSuffers({ fromStep, toStep }: Trend): boolean {
    const loss = this.run.derived.losses(isTrainingLoss)[0];
    if (loss === undefined || !loss.positive || learnsFromRewards(this.run.signals)) {
      return false;
    }
    const piece = (toStep - fromStep) / CLIMB_PIECES;
    const middle = (fromStep + toStep) / 2;
    const before = levelAtSteps(loss.levels, middle - piece, middle);
    return levelAtSteps(loss.levels, toStep - piece, toStep) > LOSS_HOLDS * before;
  }

  private learnedNothing({ fromStep, toStep }: Trend): boolean {
    const loss = this.run.derived.losses(isTrainingLoss)[0];
    const rate = this.run.derived.learningRate;
    if (loss === undefined || !loss.positive || learnsFromRewards(this.run.signals)) {
      return false;
    }
    const switchedOff =
      rate !== undefined && rate.peakStep < fromStep && rate.at((fromStep + toStep) / 2) <= RATE_OFF * rate.peak;
    return (
      !switchedOff &&
      levelBetween(loss.levels, NOW_SHARE, 1) >= STUCK_RATIO * levelBetween(loss.levels, 0, SETTLED_SHARE)
    );
  }
}

function explodingFinding(signal: Signal, { fromStep, toStep, before, now }: Trend, lossSuffers: boolean): Finding {
  return {
    id: `gradient-trend:exploding:${signal.series.tag}:${signal.series.rank ?? 0}:${fromStep}`,
    monitor: 'gradient-trend',
    symptom: 'gradient-exploding',
    severity: lossSuffers ? 'warning' : 'info',
    confidence: lossSuffers ? 0.8 : 0.5,
    fromStep,
    toStep,
    open: true,
    title: `Gradient norm has grown ${times(now / before)} since ${at(signal, fromStep)}`,
    explanation:
      `The gradient norm climbs steadily: from ${quantity(before)} at ${at(signal, fromStep)} to ${quantity(now)} at ` +
      `${at(signal, toStep)}. ` +
      (lossSuffers
        ? 'The training loss has risen with it.'
        : 'The training loss does not suffer yet, or none is there to tell.'),
    otherCauses: [
      'The loss is summed over a batch or a sequence that grows.',
      'Weights that shrink under weight decay let the gradients of normalised layers grow without harm.',
    ],
    evidence: [evidenceNear(signal, toStep, now, { value: before, meaning: 'lowest level before' })],
    papers: [PASCANU],
  };
}

function vanishedFinding(signal: Signal, { fromStep, toStep, before, now }: Trend): Finding {
  const fell = now < VANISHED_SHARE * before;
  return {
    id: `gradient-trend:vanishing:${signal.series.tag}:${signal.series.rank ?? 0}:${fromStep}`,
    monitor: 'gradient-trend',
    symptom: 'gradient-vanishing',
    severity: 'warning',
    confidence: 0.8,
    fromStep,
    toStep,
    open: true,
    title: fell
      ? `Gradients have vanished since ${at(signal, fromStep)}: their norm is ${quantity(now)}`
      : `Gradients are next to nothing from the start: their norm is ${quantity(now)}`,
    explanation:
      (fell
        ? `The gradient norm fell from ${quantity(before)} to ${quantity(now)}, to less than ${percent(VANISHED_SHARE)} of what it was, `
        : `The gradient norm is ${quantity(now)} since ${at(signal, fromStep)}, `) +
      'while the training loss still stands near where it began. The weights hardly move any more.',
    otherCauses: [
      'Dead or saturated units, or a detached graph: the gradient is exactly or nearly zero in most tensors.',
      'The parameters are frozen on purpose.',
    ],
    evidence: [
      evidenceNear(signal, toStep, now, fell ? { value: before, meaning: 'level of the first rows' } : undefined),
    ],
    papers: [PASCANU],
  };
}

const PASCANU = {
  title: 'On the difficulty of training Recurrent Neural Networks',
  authors: 'Pascanu, Mikolov, Bengio',
  year: 2013,
};

/** The gradient norm climbs or fades over a long stretch. */
export const gradientTrend: Monitor = {
  id: 'gradient-trend',
  title: 'Gradients that explode or vanish slowly',
  symptoms: ['gradient-exploding', 'gradient-vanishing'],
  needs: [['gradient-norm']],
  uses: [],
  constants: [
    {
      name: 'EXPLODING_RATIO',
      value: EXPLODING_RATIO,
      meaning: 'times its lowest level to which the norm climbs',
      source: 'chosen: no healthy run of the public and the own corpus comes near',
    },
    { name: 'CLIMB_SHARE', value: CLIMB_SHARE, meaning: 'share of the rows that the climb lasts', source: 'chosen' },
    {
      name: 'FOOT_SHARE',
      value: FOOT_SHARE,
      meaning: 'share of the climb, in the logarithm, within which it has not begun',
      source: 'chosen',
    },
    {
      name: 'FEWEST_RISING_PIECES',
      value: FEWEST_RISING_PIECES,
      meaning: `steps upward between the ${CLIMB_PIECES} pieces of the climb`,
      source: 'chosen: a trend, not a spike',
    },
    {
      name: 'GREATEST_STEP_SHARE',
      value: GREATEST_STEP_SHARE,
      meaning: 'share of the climb, in the logarithm, that one piece may hold',
      source: 'chosen: a jump is the business of gradient-spike',
    },
    {
      name: 'VANISHED_SHARE',
      value: VANISHED_SHARE,
      meaning: 'share of its first level below which a norm has vanished',
      source: 'chosen: norms of healthy runs fall by orders of magnitude, too, but their loss falls with them',
    },
    {
      name: 'VANISHED_NORM',
      value: VANISHED_NORM,
      meaning: 'norm that counts as vanished whatever it was',
      source: "Adam's epsilon of 1e-8 over the root of ten thousand parameters",
    },
    {
      name: 'STUCK_RATIO',
      value: STUCK_RATIO,
      meaning: 'loss as a share of its start above which little was learned',
      source: 'public runs: stuck ones at 0.79 and above, learning ones at 0.5 and below',
    },
    {
      name: 'LOSS_HOLDS',
      value: LOSS_HOLDS,
      meaning: 'rise of the loss over the second half of the climb that is none yet',
      source: 'chosen',
    },
    {
      name: 'RATE_OFF',
      value: RATE_OFF,
      meaning: 'share of the peak learning rate at which training is over',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A norm that fades while the loss converges: a small gradient is the aim.',
    'Norms logged after clipping, which stay at the limit.',
    'Spikes and jumps, however high: gradient-spike has them.',
    'The end of a schedule, when the learning rate is next to nothing.',
    'A climb that does the loss no harm is a note.',
  ],
  papers: [],
  remedy: 'Log the global gradient norm before clipping (torch.nn.utils.clip_grad_norm_ returns it).',
  start: (run) => new GradientTrendSession(run),
};
