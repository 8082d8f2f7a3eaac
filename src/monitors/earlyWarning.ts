import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { autocorrelation, coarser } from '../signals/rowCourse.js';
import type { RowStretch } from '../signals/rowCourse.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, quantity, times } from './words.js';

/** Share of the run that is judged: its newest part. */
const JUDGED_SHARE = 0.5;
/** Windows into which it is cut. */
const WINDOWS = 12;
/** Kendall's rank correlation of both indicators with time. */
const TREND = 0.6;
/** Autocorrelation at the end: below this the rows are still nearly independent. */
const SLOW = 0.3;
/** Autocorrelation at the beginning: above this the log is smoothed, which makes its own. */
const SMOOTHED = 0.5;
/** How much the spread has grown. */
const SPREAD = 1.5;
const FEWEST_ROWS = 400;
/** A learning rate that moves by more than this share over the part changes the noise by design. */
const RATE_MOVES = 0.2;

const ABOUT: About = {
  id: 'early-warning',
  symptoms: ['early-warning'],
  papers: [
    {
      title: 'Early warning signals: The charted and uncharted territories',
      authors: 'Boettiger et al.',
      year: 2013,
    },
    { title: 'Fluctuation Domains in Adaptive Evolution', authors: 'Boettiger et al.', year: 2010 },
  ],
  remedy: 'Log the training loss of every step, unsmoothed.',
};

/** Closer to 1 an autocorrelation says nothing of the spread any more: the rows hardly come back within a window. */
const MOST_MEMORY = 0.95;

/** Standard deviation of the rows about their trend. */
function spread(window: RowStretch): number {
  return Math.sqrt(window.changeSquared / 2 / Math.max(1 - MOST_MEMORY, 1 - autocorrelation(window)));
}

/** Kendall's τ of a series with time. */
function trend(values: readonly number[]): number {
  let agreeing = 0;
  for (const [late, value] of values.entries()) {
    for (const before of values.slice(0, late)) {
      agreeing += Math.sign(value - before);
    }
  }
  return agreeing / ((values.length * (values.length - 1)) / 2);
}

class EarlyWarningSession implements MonitorSession {
  private readonly run: ObservedRun;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  /** Everything needed is derived for all monitors already. */
  consume(): void {}

  notEvaluated(): NotEvaluated | undefined {
    const reason = this.reason();
    return reason === undefined ? undefined : notEnough(ABOUT, reason);
  }

  findings(): readonly Finding[] {
    const training = this.run.derived.trainingCourse;
    if (training === undefined || this.reason() !== undefined) {
      return [];
    }
    const windows = this.windows();
    const memory = windows.map(autocorrelation);
    const spreads = windows.map(spread);
    const [first = Number.NaN] = spreads;
    const last = spreads.at(-1) ?? Number.NaN;
    const rises = trend(memory) >= TREND && trend(spreads) >= TREND;
    return rises && (memory.at(-1) ?? 0) >= SLOW && last >= SPREAD * first
      ? [findingOf(training.signal, windows, memory, last / first)]
      : [];
  }

  private windows(): readonly RowStretch[] {
    const stretches = this.run.derived.trainingCourse?.course.stretches ?? [];
    return coarser(stretches.slice(Math.floor((1 - JUDGED_SHARE) * stretches.length)), WINDOWS);
  }

  private reason(): string | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return 'a run of supervised learning: this one learns from rewards';
    }
    if ((this.run.derived.trainingCourse?.course.rows ?? 0) < FEWEST_ROWS) {
      return `at least ${FEWEST_ROWS} rows of train/loss`;
    }
    const windows = this.windows();
    const rate = this.run.derived.learningRate;
    const rates =
      rate === undefined ? [] : windows.map(({ fromStep }) => rate.at(fromStep)).filter((value) => value > 0);
    if (Math.max(...rates) > (1 + RATE_MOVES) * Math.min(...rates)) {
      return 'a constant learning rate: a schedule changes the noise by design';
    }
    const [first] = windows;
    return first !== undefined && autocorrelation(first) > SMOOTHED
      ? 'a loss that is not smoothed: this one moves smoothly from the beginning'
      : undefined;
  }
}

function findingOf(signal: Signal, windows: readonly RowStretch[], memory: readonly number[], growth: number): Finding {
  const [first] = windows;
  const last = windows.at(-1);
  const [fromStep, toStep] = [first?.fromStep ?? 0, last?.toStep ?? 0];
  return findingAbout(
    ABOUT,
    signal,
    { fromStep, toStep, open: true },
    {
      confidence: 0.2,
      title: `The training loss comes back from disturbances ever more slowly since ${at(signal, fromStep)}`,
      explanation:
        `Over the newest half of the run its noise has grown ${times(growth)} and become more persistent (correlation of a row with the next from ${quantity(memory[0] ?? Number.NaN)} to ${quantity(memory.at(-1) ?? Number.NaN)}), at the same learning rate. ` +
        'Systems that are pushed slowly towards a tipping point do that. It is weak evidence: many runs break without any such sign, and most that show it go on. Keep a checkpoint.',
      otherCauses: [
        'Harder or more varied data, or a smaller batch, since then.',
        'Chance: the indicators were computed for this run alone.',
      ],
      evidence: [evidenceNear(signal, toStep, last?.mean ?? Number.NaN)],
    },
  );
}

/** Rising variance and autocorrelation of the loss: a weak hint that it is about to tip. */
export const earlyWarning: Monitor = {
  ...ABOUT,
  title: 'Early warning (weak)',
  needs: [['train/loss']],
  uses: ['learning-rate', 'learning-rate/*', 'reward'],
  constants: [
    {
      name: 'JUDGED_SHARE',
      value: JUDGED_SHARE,
      meaning: 'newest share of the run',
      source: 'half of the series, as Boettiger et al. do',
    },
    { name: 'WINDOWS', value: WINDOWS, meaning: 'windows into which it is cut', source: 'chosen' },
    {
      name: 'TREND',
      value: TREND,
      meaning: 'Kendall’s τ of either indicator with time',
      source: 'of 12 independent values about 3 in 1,000 reach it; both indicators have to',
    },
    {
      name: 'SLOW',
      value: SLOW,
      meaning: 'autocorrelation at the end',
      source: 'chosen; mini-batch training has 0 ± 0.2',
    },
    {
      name: 'SMOOTHED',
      value: SMOOTHED,
      meaning: 'autocorrelation at the beginning above which the log is smoothed',
      source: 'chosen',
    },
    { name: 'SPREAD', value: SPREAD, meaning: 'times the spread at the beginning', source: 'chosen' },
    {
      name: 'FEWEST_ROWS',
      value: FEWEST_ROWS,
      meaning: 'rows before the first judgement',
      source: 'chosen: 16 rows a window',
    },
    {
      name: 'RATE_MOVES',
      value: RATE_MOVES,
      meaning: 'relative change of the learning rate that is allowed',
      source: 'chosen',
    },
  ],
  silences: [
    'Only one of the two indicators rises.',
    'A learning rate that changes: it changes the noise by design.',
    'Smoothed logs, which have a memory of their own.',
    'It is never more than a note of low confidence: 8 of 14 dying runs in a public report had no prior signature.',
  ],
  start: (run) => new EarlyWarningSession(run),
};
