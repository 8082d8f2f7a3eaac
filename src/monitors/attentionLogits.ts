import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, quantity, times } from './words.js';

/** A largest attention logit from which on its growth is looked at ... */
const NOTED_LOGIT = 100;
/** ... and one that runs which broke had passed. */
const BREAKING_LOGIT = 1000;
/** Times what it was when the first rows had settled. */
const GROWN = 4;
/** It grew on in the last quarter of the run by this factor. */
const GROWS_ON = 1.15;
/** A gradient norm that rose by this factor while the logits grew rises with them. */
const GRADIENT_RISE = 2;
/** Rows of a layer before it is judged. */
const FEWEST_ROWS = 12;

/** Levels kept of a layer: there may be thousands of layers. */
const LAYER_LEVELS = 32;

class LogitWatch extends FiniteLevels {
  constructor(signal: Signal) {
    super(signal, LAYER_LEVELS);
  }

  get layer(): string {
    return this.signal.role === 'attention-logit' ? 'the network' : this.signal.role.slice('attention-logit/'.length);
  }

  get now(): number {
    return levelBetween(this.history.levels, 0.9, 1);
  }

  get settled(): number {
    return levelBetween(this.history.levels, 0.05, 0.15);
  }

  get grows(): boolean {
    const before = levelBetween(this.history.levels, 0.65, 0.75);
    return this.now >= NOTED_LOGIT && this.now >= GROWN * this.settled && this.now >= GROWS_ON * before;
  }

  /** First step of the levels from which on it has been above the geometric middle of its growth. */
  get since(): number {
    const middle = Math.sqrt(this.now * this.settled);
    const { levels } = this.history;
    return levels[levels.findLastIndex(({ level }) => level < middle) + 1]?.fromStep ?? 0;
  }
}

class AttentionLogitsSession implements MonitorSession {
  private readonly layers = new PerSeries((signal) => new LogitWatch(signal));
  private readonly gradients = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    if (sample.signal.role === 'gradient-norm') {
      this.gradients.of(sample).push(sample);
    } else {
      this.layers.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'attention-logits',
          missing: [`attention-logit with at least ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const judged = this.judged();
    const growing = judged.filter(({ grows }) => grows).toSorted((left, right) => right.now - left.now);
    const [worst] = growing;
    if (worst === undefined) {
      return [];
    }
    const { signal, now, settled, history } = worst;
    const fromStep = Math.min(...growing.map(({ since }) => since));
    const toStep = history.levels.at(-1)?.toStep ?? fromStep;
    const gradients = this.gradientsRise();
    const breaking = now >= BREAKING_LOGIT;
    return [
      {
        id: `attention-logits:${signal.series.tag}:${fromStep}`,
        monitor: 'attention-logits',
        symptom: 'attention',
        severity: breaking || gradients ? 'warning' : 'info',
        confidence: breaking || gradients ? 0.75 : 0.5,
        fromStep,
        toStep,
        open: true,
        title: `Attention logits of ${worst.layer} have grown ${times(now / settled)} to ${quantity(now)}`,
        explanation:
          `The largest logit before the softmax was ${quantity(settled)} when the run had settled and is ${quantity(now)} now, and it still grows; ` +
          `so in ${count(growing.length)} of ${count(judged.length)} layers (${listed(growing.map(({ layer }) => layer))}). ` +
          'Attention goes to single tokens, its gradient fades, and one step can turn it around. ' +
          (gradients
            ? 'The gradient norm rises with it.'
            : breaking
              ? 'Runs that broke had logits of this size.'
              : 'The gradient norm does not rise, or is not logged: growing logits alone can be harmless.'),
        otherCauses: [
          'The learning rate is too high: query and key weights grow together.',
          'Very long contexts or large heads have larger logits; what counts is that they grow.',
          'Logits that level off below a bound (soft-capping, normalised queries and keys) are no trouble.',
        ],
        evidence: growing.slice(0, 3).map((layer) =>
          evidenceNear(layer.signal, toStep, layer.now, {
            value: layer.settled,
            meaning: `level near ${at(layer.signal, layer.history.levels[1]?.fromStep ?? 0)}`,
          }),
        ),
        papers: PAPERS,
      },
    ];
  }

  private gradientsRise(): boolean {
    return this.gradients.all.some(({ watcher: { history, points } }) => {
      const rise = levelBetween(history.levels, 0.75, 1) / levelBetween(history.levels, 0.25, 0.5);
      return points >= FEWEST_ROWS && rise >= GRADIENT_RISE;
    });
  }

  private judged(): readonly LogitWatch[] {
    return this.layers.all
      .map(({ watcher }) => watcher)
      .filter(({ points, signal }) => points >= FEWEST_ROWS && (signal.series.rank ?? 0) === 0);
  }
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Small-scale proxies for large-scale Transformer training instabilities',
    authors: 'Wortsman et al.',
    year: 2023,
  },
  {
    title: 'On the Surprising Effectiveness of Large Learning Rates under Standard Width Scaling',
    authors: 'Haas et al.',
    year: 2025,
  },
  {
    title: 'Ghosts of Softmax: Complex Singularities That Limit Safe Step Sizes in Cross-Entropy',
    authors: 'Sao',
    year: 2026,
  },
];

const REMEDY = 'Log the largest absolute attention logit of each layer before the softmax (attention-logit/<layer>).';

/**
 * Attention logits that grow and grow. The trend counts, not the size (catalogue 98): under cross-entropy growth is
 * harmless as long as gradients stay flat (283), so that it is a note until the gradients rise with it or the logits are
 * as large as in runs that broke.
 */
export const attentionLogits: Monitor = {
  id: 'attention-logits',
  title: 'Growing attention logits',
  symptoms: ['attention'],
  needs: [['attention-logit', 'attention-logit/*']],
  uses: ['gradient-norm'],
  constants: [
    {
      name: 'NOTED_LOGIT',
      value: NOTED_LOGIT,
      meaning: 'largest logit from which on growth is looked at',
      source: 'MuonClip (Kimi K2) rescales queries and keys beyond 100',
    },
    {
      name: 'BREAKING_LOGIT',
      value: BREAKING_LOGIT,
      meaning: 'largest logit from which on growth is a warning by itself',
      source:
        'Kimi K2: beyond 1,000 in runs without clipping, with spikes and divergence; Small-scale proxies (catalogue 98) sees divergence at about 10,000',
    },
    {
      name: 'GROWN',
      value: GROWN,
      meaning: 'times the level when the first rows had settled',
      source: 'chosen: the size depends on heads and context, growth does not',
    },
    {
      name: 'GROWS_ON',
      value: GROWS_ON,
      meaning: 'factor by which it grew in the last quarter of the run',
      source: 'chosen: bounded logits level off',
    },
    {
      name: 'GRADIENT_RISE',
      value: GRADIENT_RISE,
      meaning: 'factor by which the gradient norm rises from the second to the last quarter',
      source: 'chosen: catalogue 283 calls growth with flat gradients benign',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a layer before it is judged', source: 'chosen' },
  ],
  silences: [
    'Logits that are large from the start and do not grow: long contexts, large heads.',
    'Logits that level off: normalised queries and keys, soft-capping, clipping of queries and keys.',
    'Growth under flat gradients to less than a thousand is a note.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new AttentionLogitsSession(),
};
