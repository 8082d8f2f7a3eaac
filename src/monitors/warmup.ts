import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { LearningRate } from '../signals/learningRate.js';
import { optimizerFamily } from '../signals/trainingContext.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { at, quantity } from './words.js';

/** The first logged rate is this near to the peak: no warmup. */
const AT_PEAK = 0.9;
/** The first rate is judged only when it was logged this early. */
const FIRST_STEP = 10;
/** ... or within this share of the run. */
const FIRST_SHARE = 0.002;
const FEWEST_ROWS = 5;

class WarmupSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly rate = new LearningRate();
  private signal: Signal | undefined;
  private resumed = false;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.signal ??= sample.signal;
    if (sample.signal === this.signal) {
      this.resumed ||= sample.segment > 0 && this.rate.points < FEWEST_ROWS;
      this.rate.push(sample.step, sample.value);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    const missing = this.reason();
    return missing === undefined
      ? undefined
      : {
          monitor: 'warmup',
          missing: [missing],
          remedy: 'Log the learning rate from the first step on, and the name of the optimizer.',
        };
  }

  findings(): readonly Finding[] {
    const { signal, rate } = this;
    if (signal === undefined || this.reason() !== undefined || rate.firstRate < AT_PEAK * rate.peak) {
      return [];
    }
    const family = optimizerFamily(this.run.configuration, this.run.signals);
    const { role, series } = signal;
    return [
      {
        id: `warmup:${series.tag}:${rate.firstStep}`,
        monitor: 'warmup',
        symptom: 'warmup',
        severity: 'info',
        confidence: 0.6,
        fromStep: rate.firstStep,
        toStep: rate.firstStep,
        open: false,
        title: 'The learning rate begins at its peak: no warmup',
        explanation:
          `The learning rate is ${quantity(rate.firstRate)} at ${at(signal, rate.firstStep)}, and never higher than ${quantity(rate.peak)} later. ` +
          `${family === 'adaptive' ? 'Adam and its kin' : 'Optimizers that divide by a running second moment'} take their largest and least ` +
          'reliable steps before that moment has settled.',
        otherCauses: [
          'Fine-tuning with a small rate, and networks normalised before each block, often do well without warmup.',
          'The run continues an earlier one, whose warmup is in another log.',
        ],
        evidence: [
          {
            role,
            tag: series.tag,
            step: rate.firstStep,
            value: rate.firstRate,
            baseline: rate.peak,
            baselineMeaning: 'highest rate of the run',
          },
        ],
        papers: [
          { title: 'On the Variance of the Adaptive Learning Rate and Beyond', authors: 'Liu et al.', year: 2020 },
        ],
      },
    ];
  }

  private reason(): string | undefined {
    const { rate } = this;
    if (rate.points < FEWEST_ROWS || rate.peak === 0) {
      return `fewer than ${FEWEST_ROWS} rows of learning-rate`;
    }
    const total = this.run.totalSteps ?? 0;
    if (rate.firstStep > Math.max(FIRST_STEP, FIRST_SHARE * total) || this.resumed) {
      return `the beginning of the schedule: the first rate was logged at step ${rate.firstStep}`;
    }
    if (optimizerFamily(this.run.configuration, this.run.signals) !== 'adaptive') {
      return 'an optimizer known to be Adam or its kin (in the configuration or the names of the rates)';
    }
    return undefined;
  }
}

/** An Adam-family optimizer that starts at its peak rate. */
export const warmup: Monitor = {
  id: 'warmup',
  title: 'Missing warmup',
  symptoms: ['warmup'],
  needs: [['learning-rate', 'learning-rate/*']],
  uses: [],
  constants: [
    {
      name: 'AT_PEAK',
      value: AT_PEAK,
      meaning: 'first rate as a share of the peak',
      source: 'chosen: schedules of one step of warmup begin lower',
    },
    {
      name: 'FIRST_STEP',
      value: FIRST_STEP,
      meaning: 'latest step at which the first rate still shows the beginning',
      source: 'chosen: shorter warmups than the logging interval cannot be seen',
    },
    {
      name: 'FIRST_SHARE',
      value: FIRST_SHARE,
      meaning: 'the same as a share of the run',
      source: 'chosen: common warmups take 1 to 10 % of it',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of learning rate', source: 'chosen' },
  ],
  silences: [
    'Optimizers without a second moment (SGD), and those that correct for it (RAdam).',
    'Logs that begin after the first steps, and resumed runs.',
    'Where nothing says which optimizer is in use.',
  ],
  papers: [],
  remedy: 'Log the learning rate.',
  start: (run) => new WarmupSession(run),
};
