import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, percent, quantity, rows } from './words.js';

/** Share of its usual speed below which training has become slow. */
const SLOW_SHARE = 0.6;
/** The first rows hold compilation and the filling of caches. */
const WARMUP_ROWS = 10;
/** Rows that make "usual". */
const USUAL_ROWS = 50;
/** The speed is smoothed over so many rows, so that single rows leave no trace. */
const SMOOTH_ROWS = 9;
/** Slow rows in a row that are worth a note. */
const LASTING_ROWS = 30;
/** A time of which a smaller share of the rows is shorter than the one before counts from the start of the run. */
const FALLING_SHARE = 0.1;

interface Slow {
  readonly from: Sample;
  readonly usual: number;
  last: Sample;
  rows: number;
}

class SpeedWatch {
  readonly signal: Signal;
  points = 0;
  private readonly usual = new RollingWindow(USUAL_ROWS);
  private readonly smooth = new RollingWindow(SMOOTH_ROWS);
  private readonly inverted: boolean;
  private slow: Slow | undefined;
  private previous = Number.NaN;
  /** Rows whose value is below the one before. */
  private falls = 0;

  constructor(signal: Signal) {
    this.signal = signal;
    this.inverted = signal.role === 'step-time';
  }

  push(sample: Sample): void {
    if (!Number.isFinite(sample.value) || sample.value <= 0) {
      return;
    }
    this.points++;
    this.falls += sample.value < this.previous ? 1 : 0;
    this.previous = sample.value;
    if (this.points <= WARMUP_ROWS) {
      return;
    }
    this.smooth.push(this.speed(sample.value));
    const now = this.smooth.median();
    if (this.usual.length < USUAL_ROWS || now >= SLOW_SHARE * this.usual.median()) {
      this.slow = undefined;
      this.usual.push(now);
      return;
    }
    this.slow ??= { from: sample, last: sample, rows: 0, usual: this.usual.median() };
    this.slow.last = sample;
    this.slow.rows++;
  }

  findings(): readonly Finding[] {
    const { slow, signal } = this;
    if (slow === undefined || slow.rows < LASTING_ROWS || this.countsFromStart) {
      return [];
    }
    const { from, last } = slow;
    const now = this.smooth.median();
    const logged = (speed: number): number => this.speed(speed);
    return [
      {
        id: `slow-steps:${signal.series.tag}:${signal.series.rank ?? 0}:${from.segment}:${from.step}`,
        monitor: 'slow-steps',
        symptom: 'throughput',
        severity: 'info',
        confidence: 0.7,
        fromStep: from.step,
        toStep: last.step,
        open: true,
        title: `Training runs at ${percent(now / slow.usual)} of its usual speed since ${at(signal, from.step)}`,
        explanation:
          `${signal.series.tag} was ${quantity(logged(slow.usual))} and is ${quantity(logged(now))}, ` +
          `for ${rows(slow.rows)} since ${at(signal, from.step)}.`,
        otherCauses: [
          'Another job shares the machine, or the device is throttled by heat or power.',
          'The data loader does not keep up any more: a slower disk, fewer workers, larger files.',
          'Steps do more on purpose: a larger batch, longer sequences, another stage of the training.',
        ],
        evidence: [
          evidenceNear(signal, last.step, logged(now), {
            value: logged(slow.usual),
            meaning: `median of ${rows(USUAL_ROWS)} before`,
          }),
        ],
        papers: [],
      },
    ];
  }

  private get countsFromStart(): boolean {
    return this.inverted && this.falls < FALLING_SHARE * this.points;
  }

  /** From what is logged to a speed, and back. */
  private speed(value: number): number {
    return this.inverted ? 1 / value : value;
  }
}

class SlowStepsSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new SpeedWatch(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    const needed = WARMUP_ROWS + USUAL_ROWS;
    return this.series.all.some(({ watcher }) => watcher.points >= needed)
      ? undefined
      : {
          monitor: 'slow-steps',
          missing: [`at least ${needed} rows of throughput or step-time`],
          remedy: 'Log the throughput or the time of a step more often, or wait for more rows.',
        };
  }

  findings(): readonly Finding[] {
    return this.series.all.flatMap(({ watcher }) => watcher.findings());
  }
}

/** Training that became slow and stays so. */
export const slowSteps: Monitor = {
  id: 'slow-steps',
  title: 'Training has become slow',
  symptoms: ['throughput'],
  needs: [['throughput', 'step-time']],
  uses: [],
  constants: [
    { name: 'SLOW_SHARE', value: SLOW_SHARE, meaning: 'share of the usual speed', source: 'chosen: 40 % less' },
    {
      name: 'WARMUP_ROWS',
      value: WARMUP_ROWS,
      meaning: 'first rows, which are not judged',
      source: 'chosen: compilation, caches, autotuning',
    },
    { name: 'USUAL_ROWS', value: USUAL_ROWS, meaning: 'rows that make "usual"', source: 'chosen' },
    {
      name: 'SMOOTH_ROWS',
      value: SMOOTH_ROWS,
      meaning: 'rows of the running median',
      source: 'chosen: evaluations and checkpoints slow down one row in many',
    },
    { name: 'LASTING_ROWS', value: LASTING_ROWS, meaning: 'slow rows in a row', source: 'chosen' },
    {
      name: 'FALLING_SHARE',
      value: FALLING_SHARE,
      meaning: 'share of the rows in which a time has to be shorter than in the row before',
      source: 'chosen: the time since the start only grows, and has the same names in many logs',
    },
  ],
  silences: [
    'Pauses for an evaluation or a checkpoint.',
    'Compilation and warm-up in the first rows.',
    'Speed that comes back.',
    'The time since the start of the run, and running means of it.',
    'It is never more than a note: shared machines slow down without any fault of the run (seen in healthy public runs).',
  ],
  papers: [],
  remedy: 'Log the throughput (samples or tokens per second) or the time of a step.',
  start: () => new SlowStepsSession(),
};
