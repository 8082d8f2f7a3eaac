import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, rows, times } from './words.js';

/** A step that takes this many times the usual stands out. */
const OUTLIER_RATIO = 3;
/** Share of the whole time that such steps cost on top of a usual one. */
const LOST_SHARE = 0.2;
const FEWEST_OUTLIERS = 5;
/** Rows that make "usual". */
const USUAL_ROWS = 50;
/** The first rows hold compilation and the filling of caches. */
const WARMUP_ROWS = 10;
/** A time of which a smaller share of the rows is shorter than the one before counts from the start of the run. */
const FALLING_SHARE = 0.1;

const ABOUT: About = {
  id: 'step-outliers',
  symptoms: ['throughput'],
  papers: [],
  remedy: 'Log the time of every step.',
};

class StepTimeWatch {
  readonly signal: Signal;
  points = 0;
  private readonly usual = new RollingWindow(USUAL_ROWS);
  private previous = Number.NaN;
  private previousStep = Number.NaN;
  private falls = 0;
  private total = 0;
  private lost = 0;
  private outliers = 0;
  private first: Sample | undefined;
  private last: Sample | undefined;
  private longest: { readonly sample: Sample; readonly usual: number } | undefined;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push(sample: Sample): void {
    const { value } = sample;
    if (!(value > 0 && value < Infinity)) {
      return;
    }
    this.points++;
    this.falls += value < this.previous ? 1 : 0;
    this.previous = value;
    if (this.points <= WARMUP_ROWS) {
      return;
    }
    const median = this.usual.median();
    this.usual.push(value);
    if (this.usual.length === USUAL_ROWS) {
      this.count(sample, median);
    }
    this.previousStep = sample.step;
  }

  private count(sample: Sample, median: number): void {
    const { value } = sample;
    // Between two rows lie steps that were not logged, each of the usual length.
    const steps = Math.max(1, sample.step - this.previousStep || 1);
    this.total += value + (steps - 1) * median;
    if (value > OUTLIER_RATIO * median) {
      this.outliers++;
      this.lost += value - median;
      this.first ??= sample;
      this.last = sample;
      if (this.longest === undefined || value > this.longest.sample.value) {
        this.longest = { sample, usual: median };
      }
    }
  }

  findings(): readonly Finding[] {
    const { first, last, longest, lost, outliers, signal, total } = this;
    const countsFromStart = this.falls < FALLING_SHARE * this.points;
    if (first === undefined || last === undefined || longest === undefined || countsFromStart) {
      return [];
    }
    if (outliers < FEWEST_OUTLIERS || lost < LOST_SHARE * total) {
      return [];
    }
    const { sample, usual } = longest;
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep: first.step, toStep: last.step, open: false },
        {
          confidence: 0.7,
          title: `${percent(lost / total)} of the time goes into ${rows(outliers)} that take far longer than the others`,
          explanation:
            `${rows(outliers)} of ${signal.series.tag} between ${at(signal, first.step)} and ${at(signal, last.step)} took more than ${times(OUTLIER_RATIO)} the usual; ` +
            `the longest, at ${at(signal, sample.step)}, took ${quantity(sample.value)} against ${quantity(usual)}. ` +
            `Together they cost ${percent(lost / total)} of the time of all rows.`,
          otherCauses: [
            'Evaluations, checkpoints or logging that are counted as part of a step.',
            'Batches of very different sizes: long sequences, many boxes.',
            'Garbage collection, recompilation for new shapes, workers of the data loader that start anew each epoch.',
          ],
          evidence: [
            evidenceOf(signal, sample.step, sample.value, {
              value: usual,
              meaning: `median of the ${rows(USUAL_ROWS)} before`,
            }),
          ],
        },
      ),
    ];
  }
}

class StepOutliersSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new StepTimeWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    const needed = WARMUP_ROWS + USUAL_ROWS;
    return this.series.all.some(({ watcher }) => watcher.points >= needed)
      ? undefined
      : notEnough(ABOUT, `at least ${needed} rows of step-time`);
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** Single steps so long that together they cost a good part of the run. */
export const stepOutliers: Monitor = {
  ...ABOUT,
  title: 'Single steps that cost much of the time',
  needs: [['step-time']],
  uses: [],
  constants: [
    {
      name: 'OUTLIER_RATIO',
      value: OUTLIER_RATIO,
      meaning: 'times the median from which on a step stands out',
      source: 'chosen; published rules ask for three standard deviations, which a few outliers widen at will',
    },
    {
      name: 'LOST_SHARE',
      value: LOST_SHARE,
      meaning: 'share of the whole time that is lost to them',
      source: 'chosen: below that nobody would look',
    },
    { name: 'FEWEST_OUTLIERS', value: FEWEST_OUTLIERS, meaning: 'such steps', source: 'chosen' },
    { name: 'USUAL_ROWS', value: USUAL_ROWS, meaning: 'rows that make "usual"', source: 'chosen' },
    {
      name: 'WARMUP_ROWS',
      value: WARMUP_ROWS,
      meaning: 'first rows, which are not judged',
      source: 'chosen: compilation, caches, autotuning',
    },
    {
      name: 'FALLING_SHARE',
      value: FALLING_SHARE,
      meaning: 'share of the rows in which a time has to be shorter than in the row before',
      source: 'chosen: the time since the start only grows, and has the same names in many logs',
    },
  ],
  silences: [
    'Outliers that cost less than a fifth of the time, however long they are.',
    'Compilation and warm-up in the first rows.',
    'The time since the start of the run, and running means of it.',
  ],
  start: () => new StepOutliersSession(),
};
