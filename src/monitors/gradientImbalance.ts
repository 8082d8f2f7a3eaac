import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { LevelHistory } from '../signals/levelHistory.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { count, nameOf, quantity, times } from './words.js';

/** First and last layers whose gradients differ this many times are worth a note ... */
const NOTE_RATIO = 100;
/** ... and a look. */
const WARNING_RATIO = 1000;
/** Shares of the rows: the first settle, the others are judged quarter by quarter. */
const SETTLED_SHARE = 0.25;
const QUARTERS = [SETTLED_SHARE, 0.5, 0.75, 1];
/** Layers of one kind that make depth. */
const FEWEST_LAYERS = 4;
const FEWEST_ROWS = 20;

/** Tensors whose gradients have their own scale. */
const APART = /embed|wte|wpe|head|classifier|norm|(^|[^a-z])(ln|bn)([^a-z]|$)|bias|scale|gamma|beta|lora/i;

class TensorWatch {
  readonly signal: Signal;
  readonly history = new LevelHistory(64, 1);
  points = 0;
  lastStep = Number.NaN;
  firstStep = Number.NaN;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  push({ step, value }: Sample): void {
    if (Number.isFinite(value) && value > 0) {
      this.firstStep = this.points === 0 ? step : this.firstStep;
      this.lastStep = step;
      this.points++;
      this.history.push(step, Math.log(value));
    }
  }
}

/** The same tensor of all layers, first layer first: `layers.#.mlp.weight`. */
interface Stack {
  readonly layers: readonly TensorWatch[];
  /** Logarithm of the gradients of the first layers over those of the last, for each quarter but the first. */
  readonly slopes: readonly number[];
}

class GradientImbalanceSession implements MonitorSession {
  /** None for tensors with a scale of their own. */
  private readonly series = new PerSeries((signal) =>
    APART.test(signal.role.slice('gradient-norm/'.length)) ? null : new TensorWatch(signal),
  );

  consume(sample: Sample): void {
    this.series.of(sample)?.push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.stacks().length > 0
      ? undefined
      : {
          monitor: 'gradient-imbalance',
          missing: [`gradient norms of at least ${FEWEST_LAYERS} numbered layers over ${FEWEST_ROWS} rows`],
          remedy: 'Log the gradient norm of each tensor under its name (grad_norm/layers.0.mlp.weight).',
        };
  }

  findings(): readonly Finding[] {
    const stacks = this.stacks();
    const towards = (sign: number): readonly Stack[] =>
      stacks.filter(({ slopes }) => slopes.every((slope) => sign * slope >= Math.log(NOTE_RATIO)));
    const found = [towards(1), towards(-1)].find((fitting) => fitting.length > stacks.length / 2);
    return found?.[0] === undefined ? [] : [findingOf(found)];
  }

  private stacks(): readonly Stack[] {
    const kinds = new Map<string, { readonly layer: number; readonly watch: TensorWatch }[]>();
    for (const { signal, watcher } of this.series.all) {
      const name = signal.role.slice('gradient-norm/'.length);
      const number = /(?<![a-z0-9])\d+|(?<=layer|block)\d+/i.exec(name);
      if (number !== null && watcher !== null && watcher.points >= FEWEST_ROWS && (signal.series.rank ?? 0) === 0) {
        const kind = `${name.slice(0, number.index)}#${name.slice(number.index + number[0].length)}`;
        kinds.set(kind, [...(kinds.get(kind) ?? []), { layer: Number(number[0]), watch: watcher }]);
      }
    }
    return [...kinds.values()]
      .filter(({ length }) => length >= FEWEST_LAYERS)
      .map((members) => stackOf(members.toSorted((left, right) => left.layer - right.layer).map(({ watch }) => watch)));
  }
}

function stackOf(layers: readonly TensorWatch[]): Stack {
  const end = Math.max(1, Math.floor(layers.length / 4));
  const level = (part: readonly TensorWatch[], from: number, to: number): number =>
    median(part.map(({ history }) => levelBetween(history.levels, from, to)));
  const slopes = QUARTERS.slice(1).map((to, index) => {
    const from = QUARTERS[index] ?? 0;
    return level(layers.slice(0, end), from, to) - level(layers.slice(-end), from, to);
  });
  return { layers, slopes };
}

function findingOf(stacks: readonly Stack[]): Finding {
  const [stack] = stacks.toSorted((left, right) => strength(right) - strength(left)) as [Stack];
  const first = stack.layers[0] as TensorWatch;
  const last = stack.layers.at(-1) as TensorWatch;
  const slope = stack.slopes.at(-1) ?? 0;
  const [weak, strong] = slope < 0 ? [first, last] : [last, first];
  const now = ({ history }: TensorWatch): number => Math.exp(levelBetween(history.levels, 0.75, 1));
  const severe = median(stacks.map(strength)) >= Math.log(WARNING_RATIO);
  return {
    id: `gradient-imbalance:${first.signal.series.tag}`,
    monitor: 'gradient-imbalance',
    symptom: 'gradient-imbalance',
    severity: severe ? 'warning' : 'info',
    confidence: severe ? 0.75 : 0.5,
    fromStep: weak.firstStep,
    toStep: weak.lastStep,
    open: true,
    title: `Gradients of the ${slope < 0 ? 'first' : 'last'} layers are ${times(Math.exp(Math.abs(slope)))} smaller than those of the ${slope < 0 ? 'last' : 'first'}`,
    explanation:
      `Over ${count(stack.layers.length)} layers the gradient norm runs from ${quantity(now(first))} in the first to ${quantity(now(last))} in the last ` +
      `(${nameOf(first.signal)} to ${nameOf(last.signal)}), and has done so since the first quarter of the run. ` +
      (slope < 0
        ? 'The gradient fades on its way back: the first layers hardly learn.'
        : 'The last layers hardly learn: they change little of what they are given.'),
    otherCauses: [
      slope < 0
        ? 'Saturating activations, or normalisation after the residual sum (Post-LN), in a deep network.'
        : 'Normalisation before each block (Pre-LN): the residual stream grows with depth, and some of this is normal there.',
      'Some layers are frozen, or have a learning rate of their own.',
    ],
    evidence: [
      evidenceOf(weak.signal, weak.lastStep, now(weak), { value: now(strong), meaning: 'norm at the other end' }),
    ],
    papers: [
      {
        title: 'Mix-LN: Unleashing the Power of Deeper Layers by Combining Pre-LN and Post-LN',
        authors: 'Li et al.',
        year: 2024,
      },
      {
        title: 'NormFormer: Improved Transformer Pretraining with Extra Normalization',
        authors: 'Shleifer et al.',
        year: 2021,
      },
      {
        title: 'Peri-LN: Revisiting Layer Normalization in the Transformer Architecture',
        authors: 'Kim et al.',
        year: 2025,
      },
    ],
  };
}

function strength({ slopes }: Stack): number {
  return Math.min(...slopes.map(Math.abs));
}

/** Gradients that fade or grow from layer to layer. */
export const gradientImbalance: Monitor = {
  id: 'gradient-imbalance',
  title: 'Gradients out of balance over depth',
  symptoms: ['gradient-imbalance'],
  needs: [['gradient-norm/*']],
  uses: [],
  constants: [
    {
      name: 'NOTE_RATIO',
      value: NOTE_RATIO,
      meaning: 'times between the first and the last layers that is worth a note',
      source: 'chosen: no bound is published; a slope over depth is normal for Pre-LN',
    },
    { name: 'WARNING_RATIO', value: WARNING_RATIO, meaning: '... and a look', source: 'chosen' },
    {
      name: 'SETTLED_SHARE',
      value: SETTLED_SHARE,
      meaning: 'share of the rows that is not judged; it has to hold in every quarter after it',
      source: 'chosen: NormFormer warns of judging during warmup',
    },
    { name: 'FEWEST_LAYERS', value: FEWEST_LAYERS, meaning: 'layers that make depth', source: 'chosen' },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Embeddings, heads, normalisation, biases and adapters: their gradients have their own scale. Each tensor is held against the same tensor of other layers.',
    'The slope of up to a hundred times that Pre-LN transformers have.',
    'An imbalance during warmup that goes away.',
    'Frozen layers, whose gradients are exactly zero.',
  ],
  papers: [],
  remedy: 'Log the gradient norm of each tensor under its name (grad_norm/layers.0.mlp.weight).',
  start: () => new GradientImbalanceSession(),
};
