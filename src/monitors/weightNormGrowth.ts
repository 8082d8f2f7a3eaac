import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { isTrainingLoss } from '../signals/derivedQuantities.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, percent, quantity, times } from './words.js';

/** Times the norm when the first rows had settled: with SGD the step has become nine times smaller against it. */
const GROWN = 3;
/** A learning rate that is still this share of what it was then was not brought down on purpose. */
const KEPT_RATE = 0.5;
/** Share of its size by which the loss fell over the second half at most: it stands. */
const STANDING_FALL = 0.02;
/** A loss that has come down to this share of its start has little left to learn. */
const LEARNED_SHARE = 0.1;
/** Rows before the first judgement. */
const FEWEST_ROWS = 20;

/** Weights whose size matters to what they compute: no normalisation follows them, or they are one themselves. */
const APART = /embed|wte|wpe|head|classifier|norm|(^|[^a-z])(ln|bn)([^a-z]|$)|bias|scale|gamma|beta|lora/i;
/** Levels kept of a tensor: there may be thousands. */
const TENSOR_LEVELS = 32;

class NormWatch extends FiniteLevels {
  constructor(signal: Signal) {
    super(signal, TENSOR_LEVELS);
  }

  get name(): string {
    return this.signal.role === 'weight-norm' ? 'all weights' : this.signal.role.slice('weight-norm/'.length);
  }

  get settled(): number {
    return levelBetween(this.history.levels, 0.05, 0.15);
  }

  get settledStep(): number {
    return this.history.levels[Math.floor(0.1 * this.history.levels.length)]?.fromStep ?? Number.NaN;
  }

  get now(): number {
    return levelBetween(this.history.levels, 0.95, 1);
  }
}

class WeightNormSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal) => new NormWatch(signal));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    if (sample.signal.role.startsWith('weight-norm')) {
      this.series.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : { monitor: 'weight-norm-growth', missing: [`at least ${FEWEST_ROWS} rows of weight-norm`], remedy: REMEDY };
  }

  findings(): readonly Finding[] {
    const judged = this.judged();
    const grown = judged
      .filter((watch) => watch.settled > 0 && watch.now >= GROWN * watch.settled)
      .toSorted((left, right) => right.now / right.settled - left.now / left.settled);
    const [worst] = grown;
    const rate = this.run.derived.learningRate;
    if (worst === undefined || rate === undefined || grown.length <= judged.length / 2 || !this.lossStands()) {
      return [];
    }
    const { signal, settled, settledStep, now, history } = worst;
    if (!(rate.newest >= KEPT_RATE * rate.at(settledStep))) {
      return [];
    }
    const toStep = history.levels.at(-1)?.toStep ?? settledStep;
    const growth = now / settled;
    return [
      {
        id: `weight-norm-growth:${signal.series.tag}:${settledStep}`,
        monitor: 'weight-norm-growth',
        symptom: 'learning-rate',
        severity: 'info',
        confidence: 0.45,
        fromStep: settledStep,
        toStep,
        open: true,
        title: `The norm of ${worst.name} has grown ${times(growth)}: steps have become small against the weights`,
        explanation:
          `The norm of ${worst.name} was ${quantity(settled)} near ${at(signal, settledStep)} and is ${quantity(now)} now; so in ${count(grown.length)} of ${count(judged.length)} series (${listed(grown.map(({ name }) => name))}). ` +
          `Where a normalisation follows the weights only their direction counts, and a step turns it by the learning rate over the norm (over its square with SGD): ${percent(1 / growth)} of what it was (${percent(growth ** -2)} with SGD), ` +
          `although the learning rate was kept at ${quantity(rate.newest)}. The training loss has stood still over the second half.`,
        otherCauses: [
          'The loss has reached the noise of the data: then a larger step would not help either.',
          'Weights without a normalisation behind them: their size is part of what they compute.',
        ],
        evidence: [
          evidenceNear(signal, toStep, now, { value: settled, meaning: 'level when the first rows had settled' }),
        ],
        papers: PAPERS,
      },
    ];
  }

  private lossStands(): boolean {
    const levels = this.run.derived.losses(isTrainingLoss)[0]?.levels ?? [];
    const start = levelBetween(levels, 0, 0.05);
    const middle = levelBetween(levels, 0.45, 0.55);
    const now = levelBetween(levels, 0.9, 1);
    return start > 0 && now > LEARNED_SHARE * start && Math.abs(middle - now) <= STANDING_FALL * middle;
  }

  private judged(): readonly NormWatch[] {
    const all = this.series.all
      .map(({ watcher }) => watcher)
      .filter(({ points, signal }) => points >= FEWEST_ROWS && (signal.series.rank ?? 0) === 0);
    const inner = all.filter(({ signal, name }) => signal.role !== 'weight-norm' && !APART.test(name));
    return inner.length > 0 ? inner : all.filter(({ signal }) => signal.role === 'weight-norm');
  }
}

const PAPERS: readonly Paper[] = [
  {
    title: 'AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights',
    authors: 'Heo et al.',
    year: 2020,
  },
  { title: 'L2 Regularization versus Batch and Weight Normalization', authors: 'van Laarhoven', year: 2017 },
];

const REMEDY =
  'Log the norm of the weights (weight-norm, or weight-norm/<tensor>), the learning rate and the training loss.';

/**
 * Weights that outgrow their learning rate. Behind a normalisation the effective rate is the learning rate over the
 * squared norm (SGD; over the norm, roughly, for Adam): catalogue 215 and 245. It explains a loss that stands still at a
 * learning rate that nobody lowered; the log does not say which weights a normalisation follows, so that it is a note.
 */
export const weightNormGrowth: Monitor = {
  id: 'weight-norm-growth',
  title: 'Weights that outgrow the learning rate',
  symptoms: ['learning-rate'],
  needs: [['weight-norm', 'weight-norm/*'], ['learning-rate', 'learning-rate/*'], ['train/loss']],
  uses: [],
  constants: [
    {
      name: 'GROWN',
      value: GROWN,
      meaning: 'times the norm when the first rows had settled',
      source: 'effective rate of catalogue 245: learning rate over squared norm, here a ninth',
    },
    {
      name: 'KEPT_RATE',
      value: KEPT_RATE,
      meaning: 'share of the learning rate of then that is still in force',
      source: 'chosen: a rate brought down further is meant to make steps small',
    },
    {
      name: 'STANDING_FALL',
      value: STANDING_FALL,
      meaning: 'share of its size by which the loss changed over the second half at most',
      source: 'chosen',
    },
    {
      name: 'LEARNED_SHARE',
      value: LEARNED_SHARE,
      meaning: 'share of its start down to which the loss has come when there is little left to learn',
      source: 'chosen',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'A learning rate that decays: small steps are wanted then.',
    'A loss that still falls, or has come down to a tenth of its start.',
    'Embeddings, heads, normalisation and biases: their size is part of what they compute.',
    'Norms at an equilibrium with weight decay.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: (run) => new WeightNormSession(run),
};
