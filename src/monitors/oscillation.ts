import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { isMainEvaluationLoss } from '../signals/derivedQuantities.js';
import { autocorrelation, coarser } from '../signals/rowCourse.js';
import type { RowStretch } from '../signals/rowCourse.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, count, quantity, rows } from './words.js';

/** A loss alternates when its rows are correlated by less than this with the ones before; independent noise has 0. */
const ALTERNATING = -0.5;
/** Typical change from row to row, or height of a swing, as a share of the level. */
const SWING_SHARE = 0.1;
/** Slow swings have to stand out of the noise by so many standard deviations. */
const NOISE_FACTOR = 5;
/** Swings up and down that make a habit. */
const FEWEST_SWINGS = 4;
/** The time between two swings spreads by less than this share of its mean. */
const REGULAR = 0.4;
/** Share of the run that is judged: its newest part. */
const JUDGED_SHARE = 0.5;
/** A level that fell by more than this over that part gets on in spite of the oscillation. */
const PROGRESS = 0.05;
const FEWEST_ROWS = 80;
/** A level below this share of the first rows is next to nothing: what swings there does not matter. */
const MATTERS = 0.01;
/** The judged part is compared in so many pieces. */
const PIECES = 8;
/** A swing as long as an epoch, within this share, belongs to the order of the data. */
const LIKE_EPOCH = 0.2;

const ABOUT: About = {
  id: 'oscillation',
  symptoms: ['oscillation'],
  papers: [
    {
      title: 'Benign Oscillation of Stochastic Gradient Descent with Large Learning Rates',
      authors: 'Lu et al.',
      year: 2024,
    },
    {
      title: 'A Loss Curvature Perspective on Training Instability in Deep Learning',
      authors: 'Gilmer et al.',
      year: 2022,
    },
  ],
  remedy: 'Log the training loss more often, or wait for more rows.',
};

interface Oscillation {
  readonly kind: 'alternating' | 'swinging';
  readonly from: RowStretch;
  readonly last: RowStretch;
  readonly low: number;
  readonly high: number;
  /** Steps from one high to the next. */
  readonly period: number;
}

/** Rows that go up and down in turns, through the whole part. */
function alternation(part: readonly RowStretch[]): Oscillation | undefined {
  const pieces = coarser(part, PIECES);
  const [from] = pieces;
  const last = pieces.at(-1);
  const alternates = pieces.every(
    (piece) =>
      autocorrelation(piece) <= ALTERNATING && Math.sqrt(piece.changeSquared) >= SWING_SHARE * Math.abs(piece.mean),
  );
  if (from === undefined || last === undefined || !alternates) {
    return undefined;
  }
  const allRows = part.reduce((sum, stretch) => sum + stretch.rows, 0);
  return {
    kind: 'alternating',
    from,
    last,
    low: last.lowest,
    high: last.highest,
    period: (2 * (last.toStep - from.fromStep)) / Math.max(1, allRows - 1),
  };
}

/** Regular swings over many rows. */
function swinging(part: readonly RowStretch[]): Oscillation | undefined {
  const [from] = part;
  const last = part.at(-1);
  if (from === undefined || last === undefined) {
    return undefined;
  }
  const mean = part.reduce((sum, stretch) => sum + stretch.mean, 0) / part.length;
  const noise = Math.sqrt(
    part.reduce((sum, { changeSquared, rows: number }) => sum + changeSquared / (2 * number), 0) / part.length,
  );
  const size = Math.max(SWING_SHARE * Math.abs(mean), NOISE_FACTOR * noise);
  const highs = turningPoints(part, size);
  const gaps = highs.slice(1).map(({ toStep }, index) => toStep - (highs[index]?.toStep ?? 0));
  const period = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - period) ** 2, 0) / gaps.length);
  if (highs.length < FEWEST_SWINGS || spread > REGULAR * period) {
    return undefined;
  }
  const means = part.slice(-Math.ceil(part.length / 2)).map((stretch) => stretch.mean);
  return { kind: 'swinging', from, last, low: Math.min(...means), high: Math.max(...means), period };
}

/** The highest stretch of every swing that rose and fell by at least `size`. */
function turningPoints(part: readonly RowStretch[], size: number): readonly RowStretch[] {
  const highs: RowStretch[] = [];
  let [low, high] = [part[0], part[0]];
  let rising = false;
  for (const stretch of part) {
    if (rising) {
      if (stretch.mean > (high?.mean ?? 0)) {
        high = stretch;
      } else if (high !== undefined && high.mean - stretch.mean >= size) {
        highs.push(high);
        [low, rising] = [stretch, false];
      }
    } else if (stretch.mean < (low?.mean ?? 0)) {
      low = stretch;
    } else if (low !== undefined && stretch.mean - low.mean >= size) {
      [high, rising] = [stretch, true];
    }
  }
  return highs;
}

/** Whether the means of the pieces come down over the part. */
function getsOn(part: readonly RowStretch[]): boolean {
  const [before, after] = coarser(part, 2);
  return before === undefined || after === undefined || before.mean - after.mean > PROGRESS * Math.abs(before.mean);
}

class OscillationSession implements MonitorSession {
  private readonly run: ObservedRun;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'a loss that measures progress: this run learns from rewards');
    }
    return (this.run.derived.trainingCourse?.course.rows ?? 0) >= FEWEST_ROWS
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_ROWS} rows of train/loss`);
  }

  findings(): readonly Finding[] {
    const training = this.run.derived.trainingCourse;
    if (training === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    const { stretches } = training.course;
    const part = stretches.slice(Math.floor((1 - JUDGED_SHARE) * stretches.length));
    const [first, last] = [stretches[0], part.at(-1)];
    if (
      first === undefined ||
      last === undefined ||
      last.mean < MATTERS * first.mean ||
      getsOn(part) ||
      this.rateMoves(part) ||
      this.evaluationGains(part)
    ) {
      return [];
    }
    const found = alternation(part) ?? swinging(part);
    const epoch = this.run.derived.epochs.stepsPerEpoch;
    const byOrder = found !== undefined && Math.abs(found.period - epoch) <= LIKE_EPOCH * epoch;
    return found === undefined || byOrder ? [] : [this.findingOf(training.signal, found)];
  }

  /** A rate that goes up again (restarts, cycles) or down takes the loss with it. */
  private rateMoves(part: readonly RowStretch[]): boolean {
    const rate = this.run.derived.learningRate;
    if (rate === undefined) {
      return false;
    }
    const rates = part.map(({ fromStep }) => rate.at(fromStep)).filter((value) => value > 0);
    return rates.some((value, index) => index > 0 && value > (rates[index - 1] ?? value) * (1 + SWING_SHARE));
  }

  private evaluationGains(part: readonly RowStretch[]): boolean {
    const fromStep = part[0]?.fromStep ?? 0;
    return this.run.derived.losses(isMainEvaluationLoss).some(({ levels }) => {
      const within = levels.filter(({ toStep }) => toStep >= fromStep).map(({ level }) => level);
      const half = within.length >> 1;
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [before, after] = [mean(within.slice(0, half)), mean(within.slice(half))];
      return before - after > PROGRESS * Math.abs(before);
    });
  }

  private findingOf(signal: Signal, { from, high, kind, last, low, period }: Oscillation): Finding {
    const span = { fromStep: from.fromStep, toStep: last.toStep, open: true };
    const shape =
      kind === 'alternating'
        ? 'it goes up and down in turns, from one row to the next'
        : `it rises and falls in regular swings, about ${count(Math.round(period))} ${signal.series.stepUnit}s long`;
    return findingAbout(ABOUT, signal, span, {
      confidence: 0.5,
      title: `Training loss oscillates between ${quantity(low)} and ${quantity(high)} and does not get on`,
      explanation:
        `Since ${at(signal, from.fromStep)} the training loss has not come down, and ${shape}. ` +
        'That is no noise of single batches, which has no rhythm. An optimizer that overshoots does this when its steps are too long for the curvature: halve the learning rate and see whether the loss falls.',
      otherCauses: [
        'The edge of stability: with large steps the loss may swing for long while it still learns; if a held-out score improves, let it.',
        'Batches that take turns: two kinds of data, tasks or losses in alternation, or an order that repeats.',
        'Two players that chase each other (GANs), or momentum so high that the weights swing through.',
      ],
      evidence: [
        evidenceNear(signal, last.toStep, high, {
          value: low,
          meaning: `lowest of the last ${rows(last.rows)} or of the swings`,
        }),
      ],
    });
  }
}

/** A loss that swings in a rhythm and does not come down. */
export const oscillation: Monitor = {
  ...ABOUT,
  title: 'Oscillating loss',
  needs: [['train/loss']],
  uses: ['eval/loss', 'learning-rate', 'learning-rate/*', 'epoch', 'reward'],
  constants: [
    {
      name: 'ALTERNATING',
      value: ALTERNATING,
      meaning: 'correlation of a row with the one before, about the trend',
      source: 'measured: 0 ± 0.2 in mini-batch training, -1 for rows that take turns',
    },
    {
      name: 'SWING_SHARE',
      value: SWING_SHARE,
      meaning: 'change from row to row, or height of a swing, as a share of the level',
      source: 'chosen; published rules count changes of 3 %, which noise reaches',
    },
    {
      name: 'NOISE_FACTOR',
      value: NOISE_FACTOR,
      meaning: 'height of a slow swing in standard deviations',
      source: 'chosen',
    },
    { name: 'FEWEST_SWINGS', value: FEWEST_SWINGS, meaning: 'slow swings', source: 'chosen' },
    {
      name: 'REGULAR',
      value: REGULAR,
      meaning: 'spread of the time between swings as a share of its mean',
      source: 'chosen; the times between peaks of noise spread by more than half',
    },
    { name: 'JUDGED_SHARE', value: JUDGED_SHARE, meaning: 'newest share of the run', source: 'chosen' },
    {
      name: 'PROGRESS',
      value: PROGRESS,
      meaning: 'relative fall of the mean, or of the evaluation loss, that makes an oscillation benign',
      source: 'the rule of Lu et al.: bounded, with a mean that does not rise and a score that holds',
    },
    {
      name: 'MATTERS',
      value: MATTERS,
      meaning: 'level as a share of that of the first rows',
      source: 'chosen: below, the task is solved',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
    {
      name: 'LIKE_EPOCH',
      value: LIKE_EPOCH,
      meaning: 'relative distance of a swing from an epoch’s length',
      source: 'chosen',
    },
  ],
  silences: [
    'The edge of stability: a loss that swings and still comes down.',
    'Benign oscillation: the held-out loss improves meanwhile.',
    'The noise of small batches, however large: it has no rhythm.',
    'Swings that follow the learning rate (restarts, cycles), or that are as long as an epoch.',
    'Reinforcement learning.',
  ],
  start: (run) => new OscillationSession(run),
};
