import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { optimizerNames, weightDecayOf } from '../signals/trainingContext.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, listed, quantity } from './words.js';

/** Weights at this share of the bound are held by it. */
const AT_BOUND = 0.95;
/** Share of the tensors that are held: then the bound shapes the network. */
const HELD_SHARE = 0.5;
/** Rows of a tensor before it is judged. */
const FEWEST_ROWS = 10;

/** Levels kept of a tensor: there may be thousands. */
const TENSOR_LEVELS = 32;

class LionSession implements MonitorSession {
  private readonly run: ObservedRun;
  private readonly series = new PerSeries((signal: Signal) => new FiniteLevels(signal, TENSOR_LEVELS));

  constructor(run: ObservedRun) {
    this.run = run;
  }

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    const missing = [
      ...(this.usesLion() ? [] : ['Lion as the optimizer in the configuration']),
      ...(this.bound() === undefined ? ['a weight decay above 0 in the configuration'] : []),
      ...(this.judged().length > 0 ? [] : [`at least ${FEWEST_ROWS} rows of weight-absmax`]),
    ];
    return missing.length === 0 ? undefined : { monitor: 'lion-bound', missing, remedy: REMEDY };
  }

  findings(): readonly Finding[] {
    const bound = this.bound();
    if (bound === undefined || !this.usesLion()) {
      return [];
    }
    const judged = this.judged().map(({ signal, history }) => ({
      signal,
      history,
      now: levelBetween(history.levels, 0.9, 1),
    }));
    const held = judged.filter(({ now }) => now >= AT_BOUND * bound).toSorted((left, right) => right.now - left.now);
    const [worst] = held;
    if (worst === undefined || held.length < HELD_SHARE * judged.length) {
      return [];
    }
    const { signal, history, now } = worst;
    const { levels } = history;
    const since = levels[levels.findLastIndex(({ level }) => level < AT_BOUND * bound) + 1] ?? levels.at(-1);
    const fromStep = since?.fromStep ?? 0;
    const outside = now > bound;
    return [
      {
        id: `lion-bound:${signal.series.tag}:${fromStep}`,
        monitor: 'lion-bound',
        symptom: 'other',
        severity: 'info',
        confidence: 0.6,
        fromStep,
        toStep: levels.at(-1)?.toStep ?? fromStep,
        open: true,
        title: `The weight decay of Lion holds the weights at ${quantity(bound)}`,
        explanation:
          `Lion with weight decay solves its problem with every weight bounded by 1 / weight decay, here ${quantity(bound)}. The largest weights of ${count(held.length)} of ${count(judged.length)} tensors (${listed(held.map((tensor) => tensor.signal.role.slice('weight-absmax/'.length)))}) are there since ${at(signal, fromStep)}, ` +
          (outside
            ? 'some beyond it: the decay pulls these back exponentially, whatever the gradient says.'
            : 'so that it is the weight decay that decides on them, no longer the gradient.'),
        otherCauses: [
          'Weights that started outside of the bound (a checkpoint of another optimizer) are on their way in.',
          'A single large weight per tensor may be held while all others are free: the share of held weights would tell.',
        ],
        evidence: [
          evidenceNear(signal, levels.at(-1)?.toStep ?? 0, now, { value: bound, meaning: '1 / weight decay' }),
        ],
        papers: PAPERS,
      },
    ];
  }

  private usesLion(): boolean {
    return optimizerNames(this.run.configuration, this.run.signals).some((name) => name.includes('lion'));
  }

  private bound(): number | undefined {
    const decay = weightDecayOf(this.run.configuration);
    return decay !== undefined && decay > 0 ? 1 / decay : undefined;
  }

  private judged(): readonly FiniteLevels[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Lion Secretly Solves Constrained Optimization: As Lyapunov Predicts',
    authors: 'Chen et al.',
    year: 2023,
  },
];

const REMEDY =
  'For runs with Lion: log the largest absolute weight of each tensor (weight-absmax/<tensor>), and the optimizer and its weight decay in the configuration.';

/** Lion's weights stay within 1 / weight decay (catalogue 277): where they lie at the bound, the decay is too strong. */
export const lionBound: Monitor = {
  id: 'lion-bound',
  title: 'Weights at the bound of Lion',
  symptoms: ['other'],
  needs: [['weight-absmax/*']],
  uses: [],
  constants: [
    {
      name: 'AT_BOUND',
      value: AT_BOUND,
      meaning: 'share of the bound from which on a weight is held by it',
      source: 'catalogue 277: derived, a matter of judgement',
    },
    { name: 'HELD_SHARE', value: HELD_SHARE, meaning: 'share of the tensors that are held', source: 'chosen' },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a tensor before it is judged', source: 'chosen' },
  ],
  silences: [
    'Optimizers other than Lion: the bound holds for none of them.',
    'Lion without weight decay: there is no bound.',
    'Weights within the bound, and a few tensors at it.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: (run) => new LionSession(run),
};
