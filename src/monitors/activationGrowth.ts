import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { activationOf, layerStacks } from '../signals/layerNames.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, quantity, times } from './words.js';

/** Activations of a layer that have grown so many times since the first quarter of the run, growing in every one. */
const GROWN = 10;
/** What grows on has grown by this factor from the third to the last quarter. */
const GROWS_ON = 1.2;
/** The last layers against the first: more than this is not what a sum over blocks gives. */
const OVER_DEPTH = 1000;
/** Largest number of half precision (IEEE 754 binary16). */
const HALF_PRECISION_LIMIT = 65504;
/** A largest activation of this share of it is one doubling or two away from infinity. */
const NEAR_LIMIT = 0.25;
/** Layers of one kind that make depth. */
const FEWEST_LAYERS = 4;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 12;

/** Levels kept of a layer: there may be thousands of layers. */
const LAYER_LEVELS = 32;
const QUARTERS = [0.25, 0.5, 0.75, 1];

class SizeWatch extends FiniteLevels {
  constructor(signal: Signal) {
    super(signal, LAYER_LEVELS);
  }

  get layer(): string {
    return activationOf(this.signal.role).layer;
  }

  get now(): number {
    return levelBetween(this.history.levels, 0.9, 1);
  }

  get settled(): number {
    return levelBetween(this.history.levels, 0.2, 0.3);
  }

  /** Each quarter of the run after the first ran higher than the one before. */
  get growsOn(): boolean {
    const levels = QUARTERS.map((to) => levelBetween(this.history.levels, to - 0.25, to));
    const [, , third = Number.NaN, last = Number.NaN] = levels;
    return (
      last >= GROWS_ON * third &&
      levels.every((level, quarter) => quarter === 0 || level > (levels[quarter - 1] ?? Infinity))
    );
  }
}

class ActivationGrowthSession implements MonitorSession {
  private readonly sizes = new PerSeries((signal) => new SizeWatch(signal));
  private readonly extremes = new PerSeries((signal) => new SizeWatch(signal));
  private halfPrecision = false;

  consume(sample: Sample): void {
    const { role } = sample.signal;
    if (role === 'loss-scale') {
      this.halfPrecision ||= sample.value > 1;
    } else if (role.endsWith('/absmax')) {
      this.extremes.of(sample).push(sample);
    } else {
      this.sizes.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return judged(this.sizes).length + judged(this.extremes).length > 0
      ? undefined
      : {
          monitor: 'activation-growth',
          missing: [`activation/*/rms, std or absmax with at least ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const overflow = this.halfPrecision ? nearOverflow(judged(this.extremes)) : undefined;
    const found = overflow ?? growing(judged(this.sizes)) ?? steepOverDepth(judged(this.sizes));
    return found === undefined ? [] : [found];
  }
}

function judged(series: PerSeries<SizeWatch>): readonly SizeWatch[] {
  return series.all
    .map(({ watcher }) => watcher)
    .filter(({ points, signal }) => points >= FEWEST_ROWS && (signal.series.rank ?? 0) === 0);
}

function nearOverflow(layers: readonly SizeWatch[]): Finding | undefined {
  const near = layers
    .filter(({ now }) => now >= NEAR_LIMIT * HALF_PRECISION_LIMIT)
    .toSorted((left, right) => right.now - left.now);
  const [worst] = near;
  return worst === undefined
    ? undefined
    : {
        ...common(worst, near),
        severity: 'warning',
        confidence: 0.85,
        title: `Activations of ${worst.layer} come near the limit of half precision`,
        explanation:
          `The largest activation of ${worst.layer} is ${quantity(worst.now)}; half precision ends at ${count(HALF_PRECISION_LIMIT)}, and beyond it lies infinity. ` +
          `${count(near.length)} of ${count(layers.length)} layers are within a factor of ${count(1 / NEAR_LIMIT)} of it (${listed(near.map(({ layer }) => layer))}).`,
        otherCauses: [
          'A few channels carry massive activations: they do in healthy large models, too, which are trained in bfloat16.',
        ],
      };
}

function growing(layers: readonly SizeWatch[]): Finding | undefined {
  const grown = layers
    .filter((layer) => layer.settled > 0 && layer.now >= GROWN * layer.settled && layer.growsOn)
    .toSorted((left, right) => right.now / right.settled - left.now / left.settled);
  const [worst] = grown;
  return worst === undefined
    ? undefined
    : {
        ...common(worst, grown),
        severity: 'info',
        confidence: 0.5,
        title: `Activations of ${worst.layer} have grown ${times(worst.now / worst.settled)} and grow on`,
        explanation:
          `They were ${quantity(worst.settled)} after the first quarter of the run and are ${quantity(worst.now)} now, growing in every quarter since; ` +
          `so in ${count(grown.length)} of ${count(layers.length)} layers (${listed(grown.map(({ layer }) => layer))}). Gradients grow and break with them in the end.`,
        otherCauses: [
          'Weights that start very small: their activations grow much at first, and level off.',
          'The learning rate is too high, or there is no weight decay.',
          'In transformers with normalisation before each block only (Pre-LN) nothing bounds the residual stream.',
        ],
      };
}

/** Undefined where no stack of layers rises too far from its first to its last ones. */
function steepOverDepth(layers: readonly SizeWatch[]): Finding | undefined {
  const stacks = layerStacks(layers, ({ signal }) => signal.role, FEWEST_LAYERS)
    .map((stack) => {
      const end = Math.max(1, Math.floor(stack.length / 4));
      const level = (part: readonly SizeWatch[]): number => median(part.map(({ now }) => now));
      return { stack, first: level(stack.slice(0, end)), last: level(stack.slice(-end)) };
    })
    .filter(({ first, last }) => first > 0 && last >= OVER_DEPTH * first)
    .toSorted((left, right) => right.last / right.first - left.last / left.first);
  const [steepest] = stacks;
  const worst = steepest?.stack.at(-1);
  const bottom = steepest?.stack[0];
  return steepest === undefined || worst === undefined || bottom === undefined
    ? undefined
    : {
        ...common(worst, [worst]),
        severity: 'info',
        confidence: 0.5,
        title: `Activations grow ${times(steepest.last / steepest.first)} from the first to the last layers`,
        explanation:
          `Over ${count(steepest.stack.length)} layers they run from ${quantity(bottom.now)} in ${bottom.layer} to ${quantity(worst.now)} in ${worst.layer}. ` +
          'A sum over blocks grows with the number of blocks; this is growth by factors: the last layers hear little of what the first ones say, and gradients follow.',
        otherCauses: [
          'Normalisation before each block only (Pre-LN), in which the variance can grow by factors during training.',
          'The first of these layers is an embedding or a normalised one, with a scale of its own.',
        ],
      };
}

function common(worst: SizeWatch, affected: readonly SizeWatch[]) {
  const { signal, history } = worst;
  const fromStep = history.levels[Math.floor(0.25 * history.levels.length)]?.fromStep ?? 0;
  const toStep = history.levels.at(-1)?.toStep ?? fromStep;
  return {
    id: `activation-growth:${signal.series.tag}`,
    monitor: 'activation-growth',
    symptom: 'activations',
    fromStep,
    toStep,
    open: true,
    evidence: affected.slice(0, 3).map((layer) =>
      evidenceNear(layer.signal, toStep, layer.now, {
        value: layer.settled,
        meaning: `level after a quarter of the run, near ${at(layer.signal, fromStep)}`,
      }),
    ),
    papers: PAPERS,
  } as const;
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Peri-LN: Revisiting Layer Normalization in the Transformer Architecture',
    authors: 'Kim et al.',
    year: 2025,
  },
];

const REMEDY = 'Log the size of the activations of each layer (activation/<layer>/rms and activation/<layer>/absmax).';

/**
 * Activations that grow by factors: over the run, from layer to layer, or up to where half precision ends. Published
 * work gives no bound for the slope (catalogue 192), so that growth alone is a note; nearness to the largest number of
 * half precision, in a run that uses it (a loss scale is logged), is a warning.
 */
export const activationGrowth: Monitor = {
  id: 'activation-growth',
  title: 'Growing activations',
  symptoms: ['activations'],
  needs: [['activation/*/rms', 'activation/*/std', 'activation/*/norm', 'activation/*/absmax']],
  uses: ['loss-scale'],
  constants: [
    {
      name: 'GROWN',
      value: GROWN,
      meaning: 'times the level after the first quarter of the run, growing in every quarter',
      source: 'chosen: healthy Pre-LN transformers grew less than threefold after their first quarter in our own runs',
    },
    {
      name: 'GROWS_ON',
      value: GROWS_ON,
      meaning: 'factor from the third to the last quarter of the run',
      source: 'chosen: growth that levels off is small first weights',
    },
    {
      name: 'OVER_DEPTH',
      value: OVER_DEPTH,
      meaning: 'times from the first to the last layers',
      source:
        'chosen: Pre-LN sums give about the square root of the depth at the start and, trained, up to a few hundred (Peri-LN, catalogue 192, gives no bound)',
    },
    {
      name: 'HALF_PRECISION_LIMIT',
      value: HALF_PRECISION_LIMIT,
      meaning: 'largest number of half precision',
      source: 'IEEE 754 binary16',
    },
    {
      name: 'NEAR_LIMIT',
      value: NEAR_LIMIT,
      meaning: 'share of that limit which the largest activation reaches',
      source: 'chosen: two doublings',
    },
    { name: 'FEWEST_LAYERS', value: FEWEST_LAYERS, meaning: 'layers of one kind that make depth', source: 'chosen' },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a layer before it is judged', source: 'chosen' },
  ],
  silences: [
    'Growth in the first quarter of the run: small first weights.',
    'Growth over depth that a sum over blocks gives (Pre-LN, Peri-LN).',
    'Massive activations of a few channels in bfloat16 or full precision.',
    'Growth that levels off.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new ActivationGrowthSession(),
};
