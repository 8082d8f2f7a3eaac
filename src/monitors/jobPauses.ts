import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, count, quantity, times } from './words.js';

/** A row that comes this many seconds after the one before ends a pause ... */
const PAUSE_SECONDS = 1800;
/** ... if that is this many times as long as rows usually take. */
const PAUSE_RATIO = 10;
/** Rows that make "usual". */
const USUAL_ROWS = 20;
/** As many pauses are a habit: evaluations, checkpoints. */
const HABIT = 4;

const ABOUT: About = {
  id: 'job-pauses',
  symptoms: ['throughput'],
  papers: [],
  remedy: 'Use a logger that keeps the time of each row (TensorBoard, W&B, MLflow).',
};

interface Pause {
  readonly signal: Signal;
  readonly before: Sample;
  readonly after: Sample;
  readonly seconds: number;
  readonly usual: number;
}

class JobPausesSession implements MonitorSession {
  private signal: Signal | undefined;
  private previous: Sample | undefined;
  private readonly usual = new RollingWindow(USUAL_ROWS);
  private pauses = 0;
  private longest: Pause | undefined;

  consume(sample: Sample): void {
    this.signal ??= sample.signal;
    if (sample.signal !== this.signal) {
      return;
    }
    const before = this.previous;
    this.previous = sample;
    // A restarted job was not waiting, it was gone.
    if (before === undefined || before.segment !== sample.segment) {
      return;
    }
    const seconds = sample.wallTime - before.wallTime;
    if (!(seconds >= 0)) {
      return;
    }
    const usual = this.usual.median();
    if (this.usual.length >= USUAL_ROWS && seconds >= PAUSE_SECONDS && seconds >= PAUSE_RATIO * usual) {
      this.pauses++;
      if (this.longest === undefined || seconds > this.longest.seconds) {
        this.longest = { signal: sample.signal, before, after: sample, seconds, usual };
      }
      return;
    }
    this.usual.push(seconds);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.usual.length >= USUAL_ROWS
      ? undefined
      : notEnough(ABOUT, `at least ${USUAL_ROWS + 1} rows of train/loss with the time at which they were written`);
  }

  findings(): readonly Finding[] {
    const { longest, pauses } = this;
    if (longest === undefined || pauses >= HABIT) {
      return [];
    }
    const { after, before, seconds, signal, usual } = longest;
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep: before.step, toStep: after.step, open: false },
        {
          confidence: 0.8,
          title: `Nothing was logged for ${duration(seconds)} after ${at(signal, before.step)}`,
          explanation:
            `Rows usually come every ${duration(usual)}; after ${at(signal, before.step)} the next one took ${duration(seconds)}, ${times(seconds / Math.max(usual, 1e-3))} as long. ` +
            (pauses > 1 ? `It is the longest of ${count(pauses)} such pauses. ` : '') +
            'Then training went on where it was.',
          otherCauses: [
            'A worker that hung until a timeout, a full disk, or storage that did not answer.',
            'The job was suspended (a laptop that slept, a preempted queue) or a person stopped it in a debugger.',
            'A long evaluation or upload between two steps.',
          ],
          evidence: [evidenceOf(signal, after.step, after.value)],
        },
      ),
    ];
  }
}

/** "45 s", "12 min", "3.5 h". */
function duration(seconds: number): string {
  if (seconds < 120) {
    return `${quantity(seconds)} s`;
  }
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${quantity(Math.round(seconds / 360) / 10)} h`;
}

/** A job that stood still for a while. */
export const jobPauses: Monitor = {
  ...ABOUT,
  title: 'The job stood still',
  needs: [['train/loss']],
  uses: [],
  constants: [
    {
      name: 'PAUSE_SECONDS',
      value: PAUSE_SECONDS,
      meaning: 'seconds between two rows',
      source: 'published rule: SageMaker Debugger’s StalledTraining, 1800 s',
    },
    { name: 'PAUSE_RATIO', value: PAUSE_RATIO, meaning: 'times the usual time between rows', source: 'chosen' },
    { name: 'USUAL_ROWS', value: USUAL_ROWS, meaning: 'rows that make "usual"', source: 'chosen' },
    {
      name: 'HABIT',
      value: HABIT,
      meaning: 'pauses from which on they are a habit',
      source: 'chosen: evaluations and checkpoints come again',
    },
  ],
  silences: [
    'A job that was started anew: the step goes back, or time is lost between two files.',
    'Pauses that keep coming: evaluations and checkpoints.',
    'Rows that are rare anyway: a pause is ten times the usual.',
    'A run that stands still right now: that is its status, which needs a clock.',
  ],
  start: () => new JobPausesSession(),
};
