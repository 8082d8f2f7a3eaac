import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RollingWindow } from '../signals/rollingWindow.js';
import { learnsFromRewards } from '../signals/trainingContext.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { at, count, quantity, times } from './words.js';

/** Steps of evaluation and training that are this far apart when they are logged count different things. */
const COUNTER_RATIO = 1.5;
/** An evaluation loss this many times the training loss from the beginning has another unit. */
const UNIT_RATIO = 5;
/** Evaluations that have to agree. */
const FEWEST_EVALUATIONS = 4;
/** Share of the evaluations on which the ratio has to be as far from 1. */
const AGREEING = 0.9;
const MOST_EVALUATIONS = 50;

const ABOUT: About = {
  id: 'step-counters',
  symptoms: ['data'],
  papers: [],
  remedy: 'Log training and evaluation losses into one log.',
};

/** How an evaluation loss stands to the training loss logged last before it. */
class Comparison {
  readonly signal: Signal;
  readonly steps = new RollingWindow(MOST_EVALUATIONS);
  readonly values = new RollingWindow(MOST_EVALUATIONS);
  last: { readonly evaluation: Sample; readonly training: Sample } | undefined;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  /** @param highest training loss so far: a model may know its data by heart before it is first evaluated. */
  push(evaluation: Sample, training: Sample, highest: number): void {
    if (evaluation.step > 0 && training.step > 0) {
      this.steps.push(evaluation.step / training.step);
    }
    if (evaluation.value > 0 && training.value > 0 && this.values.length < FEWEST_EVALUATIONS) {
      const ratio = evaluation.value / (evaluation.value > training.value ? highest : training.value);
      if (Number.isFinite(ratio)) {
        this.values.push(ratio);
      }
    }
    this.last = { evaluation, training };
  }
}

/** The ratio in which a window agrees, if that is at least so far from 1. */
function agreedRatio(window: RollingWindow, atLeast: number): number | undefined {
  if (window.length < FEWEST_EVALUATIONS) {
    return undefined;
  }
  const apart = window.quantile(1 - AGREEING) >= atLeast || window.quantile(AGREEING) <= 1 / atLeast;
  return apart ? window.median() : undefined;
}

class StepCountersSession implements MonitorSession {
  private readonly run: ObservedRun;
  private training: Sample | undefined;
  private highest = 0;
  private comparison: Comparison | undefined;

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'train/loss') {
      if (sample.signal === (this.training?.signal ?? sample.signal)) {
        this.training = sample;
        this.highest = Number.isFinite(sample.value) ? Math.max(this.highest, sample.value) : this.highest;
      }
      return;
    }
    this.comparison ??= new Comparison(sample.signal);
    const { training } = this;
    if (
      sample.signal === this.comparison.signal &&
      training?.signal.series.stepUnit === sample.signal.series.stepUnit
    ) {
      this.comparison.push(sample, training, this.highest);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    if (learnsFromRewards(this.run.signals)) {
      return notEnough(ABOUT, 'a run of supervised learning: this one learns from rewards');
    }
    return (this.comparison?.values.length ?? 0) >= FEWEST_EVALUATIONS
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_EVALUATIONS} evaluations among rows of train/loss`);
  }

  findings(): readonly Finding[] {
    const { comparison } = this;
    const last = comparison?.last;
    if (comparison === undefined || last === undefined || this.notEvaluated() !== undefined) {
      return [];
    }
    const { evaluation, training } = last;
    const span = { fromStep: comparison.signal.series.stepAt(0), toStep: evaluation.step, open: true };
    const steps = agreedRatio(comparison.steps, COUNTER_RATIO);
    const values = agreedRatio(comparison.values, UNIT_RATIO);
    const evidence = [
      evidenceOf(evaluation.signal, evaluation.step, evaluation.value),
      evidenceOf(training.signal, training.step, training.value),
    ];
    const found: Finding[] = [];
    if (steps !== undefined) {
      found.push(
        findingAbout(ABOUT, comparison.signal, span, {
          confidence: 0.8,
          title: `Training and evaluation count different steps: ${times(Math.max(steps, 1 / steps))} apart`,
          explanation:
            `The evaluation at ${at(evaluation.signal, evaluation.step)} was written right after ${at(training.signal, training.step)} of the training loss, and so for the others: ` +
            `one step of ${training.signal.series.tag} is about ${quantity(steps)} of ${evaluation.signal.series.tag}. On a chart the two curves do not line up.`,
          otherCauses: [
            'One counts micro-batches, samples or epochs, the other one updates (gradient accumulation, several processes).',
            'Rows of one of the two are written late or in another order.',
          ],
          evidence,
        }),
      );
    } else if (values !== undefined) {
      found.push(
        findingAbout(ABOUT, comparison.signal, span, {
          confidence: 0.5,
          title: `Training and evaluation losses have different units: ${times(Math.max(values, 1 / values))} apart from the beginning`,
          explanation:
            `In the first ${count(FEWEST_EVALUATIONS)} evaluations ${evaluation.signal.series.tag} is about ${quantity(values)} times ${values > 1 ? 'the highest ' : ''}${training.signal.series.tag}${values > 1 ? ' so far' : ''}, which learning by heart cannot explain. ` +
            'They cannot be compared: one may be a sum and the other a mean, a perplexity and a logarithm, or hold other terms.',
          otherCauses: [
            'A training loss that is divided by the accumulation steps.',
            'The two sets differ that much, or dropout and augmentation make training that much harder.',
          ],
          evidence,
        }),
      );
    }
    return found;
  }
}

/** Training and evaluation that cannot be compared as they are logged. */
export const stepCounters: Monitor = {
  ...ABOUT,
  title: 'Training and evaluation do not line up',
  needs: [['train/loss'], ['eval/loss', 'eval/*/loss']],
  uses: [],
  constants: [
    {
      name: 'COUNTER_RATIO',
      value: COUNTER_RATIO,
      meaning: 'ratio of the steps at which both are logged',
      source: 'chosen: accumulation begins at 2; logging intervals make up for less',
    },
    {
      name: 'UNIT_RATIO',
      value: UNIT_RATIO,
      meaning: 'ratio of the losses in the first evaluations',
      source: 'chosen: augmentation and dropout make up for a factor of two',
    },
    {
      name: 'FEWEST_EVALUATIONS',
      value: FEWEST_EVALUATIONS,
      meaning: 'evaluations that have to agree',
      source: 'chosen',
    },
    { name: 'AGREEING', value: AGREEING, meaning: 'share of the evaluations that do', source: 'chosen' },
    {
      name: 'MOST_EVALUATIONS',
      value: MOST_EVALUATIONS,
      meaning: 'newest evaluations that are compared',
      source: 'chosen',
    },
  ],
  silences: [
    'A model that knows its data by heart before it is first evaluated: its evaluation loss is held against the highest training loss.',
    'An evaluation loss that drifts away from the training loss: that is overfitting.',
    'Evaluations of another unit of steps that the log names (epochs): charts know how to line them up.',
    'Single evaluations that were written late.',
    'Reinforcement learning.',
  ],
  start: (run) => new StepCountersSession(run),
};
