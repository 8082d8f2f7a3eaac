import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { at, percent, quantity } from './words.js';

/** A last rate above this share of the peak was not brought down. */
const STILL_HIGH = 0.5;
/** Share of the planned steps from which on the end of the schedule shows. */
const AT_END = 0.98;
const FEWEST_ROWS = 20;

class NoDecaySession implements MonitorSession {
  private readonly run: ObservedRun;
  private signal: Signal | undefined;
  private lastStep = Number.NaN;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume({ signal, step }: Sample): void {
    this.signal ??= signal;
    if (signal === this.signal) {
      this.lastStep = step;
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    const missing = this.reason();
    return missing === undefined
      ? undefined
      : {
          monitor: 'no-decay',
          missing: [missing],
          remedy: 'Log the learning rate to the end, and the number of steps that are planned (max_steps).',
        };
  }

  findings(): readonly Finding[] {
    const { signal } = this;
    const rate = this.run.derived.learningRate;
    if (signal === undefined || rate === undefined || this.reason() !== undefined) {
      return [];
    }
    if (rate.newest < STILL_HIGH * rate.peak) {
      return [];
    }
    return [
      {
        id: `no-decay:${signal.series.tag}`,
        monitor: 'no-decay',
        symptom: 'learning-rate',
        severity: 'info',
        confidence: 0.5,
        fromStep: rate.peakStep,
        toStep: this.lastStep,
        open: false,
        title: `The learning rate is not brought down at the end: still ${percent(rate.newest / rate.peak)} of its peak`,
        explanation:
          `The run ends at ${at(signal, this.lastStep)} with a learning rate of ${quantity(rate.newest)}; the peak was ${quantity(rate.peak)}. ` +
          'A decay towards zero over the last fifth or so usually lowers the loss by as much as many further steps would.',
        otherCauses: [
          'The stable phase of a schedule that is decayed in a run of its own.',
          'Weights are averaged instead (EMA, schedule-free), or the run is a short trial.',
        ],
        evidence: [
          evidenceOf(signal, this.lastStep, rate.newest, { value: rate.peak, meaning: 'highest rate of the run' }),
        ],
        papers: [
          {
            title:
              'The Surprising Agreement Between Convex Optimization Theory and Learning-Rate Scheduling for Large Model Training',
            authors: 'Schaipp et al.',
            year: 2025,
          },
        ],
      },
    ];
  }

  private reason(): string | undefined {
    const { totalSteps, derived, signals } = this.run;
    if (learnsFromRewards(signals)) {
      return 'a run of supervised learning: this one learns from rewards, which is often done at a constant rate';
    }
    if ((derived.learningRate?.points ?? 0) < FEWEST_ROWS) {
      return `at least ${FEWEST_ROWS} rows of learning-rate`;
    }
    return totalSteps !== undefined && this.lastStep >= AT_END * totalSteps
      ? undefined
      : 'the end of the run, and the number of steps that are planned';
  }
}

/** A run that ends at a high learning rate. */
export const noDecay: Monitor = {
  id: 'no-decay',
  title: 'No decay at the end',
  symptoms: ['learning-rate'],
  needs: [['learning-rate', 'learning-rate/*']],
  uses: [],
  constants: [
    {
      name: 'STILL_HIGH',
      value: STILL_HIGH,
      meaning: 'share of the peak above which the rate was not brought down',
      source: 'chosen: schedules that decay end at 10 % of the peak or less',
    },
    {
      name: 'AT_END',
      value: AT_END,
      meaning: 'share of the planned steps at which the end shows',
      source: 'chosen: decays may end in the last steps only',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of learning rate', source: 'chosen' },
  ],
  silences: [
    'A run that has not come to its planned end, or whose end nobody knows.',
    'A rate that has come down by half or more.',
    'Reinforcement learning, often done at a constant rate.',
    'It is never more than a note.',
  ],
  papers: [],
  remedy: 'Log the learning rate to the end.',
  start: (run) => new NoDecaySession(run),
};
