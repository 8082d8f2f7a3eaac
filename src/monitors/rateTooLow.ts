import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { coarser } from '../signals/rowCourse.js';
import type { RowStretch } from '../signals/rowCourse.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { UPDATE_ROWS } from '../signals/updateRatios.js';
import { isTrainingLoss } from '../signals/derivedQuantities.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear, evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, percent, quantity, rows } from './words.js';

/** Change of the weights by one step, as a share of them, in the median of all weight matrices. */
const SHORT_UPDATE = 2e-5;
/** A loss above this share of where it began has hardly been learned. */
const NEAR_START = 0.9;
/** The loss is compared in so many windows, each lower than the one before ... */
const WINDOWS = 8;
const FEWEST_ROWS = 400;
/** ... and the second half of them falls by at least this share of the first: it does not settle. */
const SAME_PACE = 0.7;
/** Less than this was gained in all ... */
const LITTLE_GAIN = 0.05;
/** A rate of exactly 0 for this share of the steps, up to the newest, ended the training early ... */
const ZERO_SHARE = 0.5;
/** ... where rates are written finely enough, as a share of the peak, that 0 stands for no small rate, ... */
const FINE_DIGITS = 0.01;
/** ... and the loss has not fallen by this share under it, as it would where another group goes on. */
const STILL_FALLS = 0.03;
/** A rate below this share of its peak has been brought down on purpose. */
const RATE_OFF = 0.1;

const ABOUT: About = {
  id: 'rate-too-low',
  symptoms: ['learning-rate'],
  papers: [],
  remedy:
    'Log the update of each weight as a share of it (update-ratio/<tensor>), as the hook does, or more rows of the training loss.',
};

class RateTooLowSession implements MonitorSession {
  private readonly run: ObservedRun;
  private rateSignal: Signal | undefined;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything else is derived for all monitors already. */
  consume({ signal }: Sample): void {
    if (signal.role === 'learning-rate' || signal.role.startsWith('learning-rate/')) {
      this.rateSignal ??= signal;
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'a run of supervised learning: this one learns from rewards, at small rates on purpose');
    }
    return this.zeroStretch() !== undefined || this.run.derived.updates.judged || this.windows().length >= WINDOWS
      ? undefined
      : notEnough(
          ABOUT,
          `at least ${FEWEST_ROWS} rows of train/loss from the first steps on, or ${UPDATE_ROWS} of update-ratio`,
        );
  }

  findings(): readonly Finding[] {
    const zero = this.zeroStretch();
    if (zero !== undefined && this.rateSignal !== undefined && !learnsFromRewards(this.run.signals)) {
      return [this.switchedOff(this.rateSignal, zero)];
    }
    const training = this.run.derived.trainingCourse;
    if (training === undefined || this.notEvaluated() !== undefined || this.rateIsOff()) {
      return [];
    }
    const { stretches } = training.course;
    const [first] = coarser(stretches, WINDOWS);
    const last = coarser(stretches, WINDOWS).at(-1);
    if (first === undefined || last === undefined || last.mean < NEAR_START * first.mean || last.mean > first.mean) {
      return [];
    }
    const { updates } = this.run.derived;
    const { median, signal } = updates;
    if (signal !== undefined && updates.judged) {
      return median > 0 && median <= SHORT_UPDATE ? [this.shortUpdate(signal, median)] : [];
    }
    const windows = this.windows();
    return crawls(windows) ? [this.crawl(training.signal, windows)] : [];
  }

  /** Windows of a loss that was logged from the beginning; none where it was not, or not for long enough. */
  private windows(): readonly RowStretch[] {
    const stretches = this.run.derived.trainingCourse?.course.stretches ?? [];
    const all = stretches.reduce((sum, { rows: number }) => sum + number, 0);
    const [first] = stretches;
    const extent = (stretches.at(-1)?.toStep ?? 0) - (first?.fromStep ?? 0);
    const fromBeginning = (first?.fromStep ?? Infinity) <= extent / WINDOWS;
    return all >= FEWEST_ROWS && fromBeginning ? coarser(stretches, WINDOWS) : [];
  }

  /** From when on a rate that is no rounded small one has been 0, for so long that the schedule ended too early. */
  private zeroStretch(): { readonly fromStep: number; readonly toStep: number; readonly level: number } | undefined {
    const rate = this.run.derived.learningRate;
    const fromStep = rate?.zeroSince;
    if (rate === undefined || fromStep === undefined || rate.resolution > FINE_DIGITS * rate.peak) {
      return undefined;
    }
    const toStep = rate.newestStep;
    const [loss] = this.run.derived.losses(isTrainingLoss);
    const levels = loss?.levels.filter((level) => level.fromStep >= fromStep) ?? [];
    const [before, level] = [levelBetween(levels, 0, 0.5), levelBetween(levels, 0.5, 1)];
    const isLong = toStep - fromStep >= ZERO_SHARE * (toStep - rate.firstStep) && levels.length >= WINDOWS;
    return isLong && before - level <= STILL_FALLS * Math.abs(before) ? { fromStep, toStep, level } : undefined;
  }

  private switchedOff(
    signal: Signal,
    { fromStep, toStep, level }: { fromStep: number; toStep: number; level: number },
  ): Finding {
    const { peak = Number.NaN, firstStep = Number.NaN } = this.run.derived.learningRate ?? {};
    const share = (toStep - fromStep) / (toStep - firstStep);
    return findingAbout(
      ABOUT,
      signal,
      { fromStep, toStep, open: true },
      {
        severity: 'warning',
        confidence: 0.85,
        title: `The learning rate is 0 since ${at(signal, fromStep)}: nothing has been learned for ${percent(share)} of the run`,
        explanation:
          `The schedule went from its peak of ${quantity(peak)} to exactly 0 at ${at(signal, fromStep)} and stayed there to ${at(signal, toStep)}; the training loss has not moved from about ${quantity(level)} since. ` +
          'Its length is probably counted in other units than the run (epochs for steps, micro-batches for updates), or it was set up for a shorter run.',
        otherCauses: [
          'The run goes on past its schedule only to log or to evaluate.',
          'Another group of parameters has a rate of its own that is not logged.',
        ],
        evidence: [evidenceOf(signal, toStep, 0, { value: peak, meaning: 'highest rate of the run' })],
      },
    );
  }

  /** In the warmup, or brought down: the schedule knows. */
  private rateIsOff(): boolean {
    const rate = this.run.derived.learningRate;
    return rate !== undefined && (rate.newest < RATE_OFF * rate.peak || rate.rises);
  }

  private shortUpdate(signal: Signal, median: number): Finding {
    const { firstStep, lastStep: step } = this.run.derived.updates;
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: firstStep, toStep: step, open: true },
      {
        confidence: 0.6,
        title: `Each step changes the weights by only ${quantity(median)} of their size, and the loss is still near its start`,
        explanation:
          `At ${at(signal, step)} one update is ${quantity(median)} times as large as the weights (median over the weight matrices and ${rows(UPDATE_ROWS)}); networks that learn mostly stay near a thousandth. ` +
          'At this pace the run needs many times the steps. Raise the learning rate, by a factor of ten at first.',
        otherCauses: [
          'Fine-tuning that is meant to hold on to what the model knows.',
          'Weights that are large from the start (a large initialisation), so that each step is small beside them.',
        ],
        evidence: [
          evidenceNear(signal, step, median, { value: SHORT_UPDATE, meaning: 'up to here updates are short' }),
        ],
      },
    );
  }

  private crawl(signal: Signal, windows: readonly RowStretch[]): Finding {
    const [first] = windows;
    const last = windows.at(-1);
    const [before, now] = [first?.mean ?? Number.NaN, last?.mean ?? Number.NaN];
    const toStep = last?.toStep ?? Number.NaN;
    return findingAbout(
      ABOUT,
      signal,
      { fromStep: first?.fromStep ?? 0, toStep, open: true },
      {
        confidence: 0.4,
        title: `The training loss crawls: ${percent(1 - now / before)} down in all, at the same pace to the end`,
        explanation:
          `From ${at(signal, first?.fromStep ?? 0)} to ${at(signal, toStep)} the training loss fell from about ${quantity(before)} to about ${quantity(now)}, evenly and without settling. ` +
          'A loss that is near its floor flattens; one that falls in a straight line has far to go and takes short steps. A higher learning rate would probably get there sooner.',
        otherCauses: [
          'Fine-tuning of a model that was good already.',
          'A long warmup whose rate is not logged.',
          'A task that is hard at first: some begin with a long slow stretch and then fall quickly.',
        ],
        evidence: [evidenceNear(signal, toStep, now, { value: before, meaning: 'level of the first eighth' })],
      },
    );
  }
}

/** Falls in every window, by little in all, and as fast at the end as at the beginning. */
function crawls(windows: readonly RowStretch[]): boolean {
  const means = windows.map(({ mean }) => mean);
  const [first = Number.NaN] = means;
  const last = means.at(-1) ?? Number.NaN;
  const half = means.length >> 1;
  const middle = ((means[half - 1] ?? Number.NaN) + (means[half] ?? Number.NaN)) / 2;
  const falls = means.every((mean, index) => index === 0 || mean < (means[index - 1] ?? 0));
  return (
    windows.length >= WINDOWS &&
    falls &&
    last > 0 &&
    first - last <= LITTLE_GAIN * first &&
    middle - last >= SAME_PACE * (first - middle)
  );
}

/** Steps that are too short to get anywhere. */
export const rateTooLow: Monitor = {
  ...ABOUT,
  title: 'Learning rate too low',
  needs: [['train/loss']],
  uses: ['update-ratio/*', 'learning-rate', 'learning-rate/*', 'reward'],
  constants: [
    {
      name: 'SHORT_UPDATE',
      value: SHORT_UPDATE,
      meaning: 'update over weights, in the median of the weight matrices',
      source:
        'measured on small runs with SGD and Adam: those that learn lie above 0.0001, those that crawl at 0.00001',
    },
    { name: 'UPDATE_ROWS', value: UPDATE_ROWS, meaning: 'newest rows of each tensor', source: 'chosen' },
    {
      name: 'NEAR_START',
      value: NEAR_START,
      meaning: 'level as a share of the first eighth above which little was learned',
      source: 'chosen',
    },
    {
      name: 'WINDOWS',
      value: WINDOWS,
      meaning: 'windows of the loss, each below the one before',
      source: 'by chance one in 40,000 orders of 8',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of loss', source: 'chosen' },
    {
      name: 'SAME_PACE',
      value: SAME_PACE,
      meaning: 'fall of the second half over that of the first',
      source: 'chosen: what settles slows down by more',
    },
    { name: 'LITTLE_GAIN', value: LITTLE_GAIN, meaning: 'relative fall in all', source: 'chosen' },
    {
      name: 'ZERO_SHARE',
      value: ZERO_SHARE,
      meaning: 'share of the steps for which the rate has been exactly 0',
      source: 'chosen: schedules that end at 0 come there at the end',
    },
    {
      name: 'FINE_DIGITS',
      value: FINE_DIGITS,
      meaning: 'finest decimal of the logged rates as a share of the peak, so that 0 is no rounded rate',
      source: 'chosen: decays that end above 0 mostly end at a hundredth or a tenth of the peak',
    },
    {
      name: 'STILL_FALLS',
      value: STILL_FALLS,
      meaning: 'relative fall of the loss under a rate of 0 that shows that something else learns',
      source: 'chosen',
    },
    {
      name: 'RATE_OFF',
      value: RATE_OFF,
      meaning: 'learning rate as a share of its peak below which it was brought down, or not yet up',
      source: 'chosen',
    },
  ],
  silences: [
    'A warmup that still rises, and a rate that has been brought down.',
    'A rate of 0 for less than half of the run, one that may be a small rate rounded (0.0000), and one under which the loss goes on falling.',
    'A loss that has come down by a tenth, however slow it is now, or that has risen.',
    'A loss that flattens: it may be at its floor.',
    'Logs that begin late in a run, and reinforcement learning.',
  ],
  start: (run) => new RateTooLowSession(run),
};
