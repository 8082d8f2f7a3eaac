import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { RewardCourse } from '../signals/rewardCourse.js';
import { evidenceNear, evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { at, count, quantity, times } from './words.js';

/** A probe that ends so many times higher than that of the fresh network is worth a note ... */
const NOTED_RISE = 1.25;
/** ... and a look. */
const CLEAR_RISE = 2;
/** Probes before they are judged. */
const FEWEST_PROBES = 3;
/** Of the three signs that go with a loss of plasticity, so many must be there. */
const SIGNS = 2;
/** Signs: dormant units more by this share ... */
const DORMANT_MORE = 0.2;
/** ... a rank of features down to this share ... */
const RANK_LEFT = 0.5;
/** ... a weight norm up by this factor. */
const WEIGHTS_GROWN = 2;
/** A reward that has lost half of what it had gained. */
const HALF_LOST = 0.5;
/** Rows of a sign before it counts. */
const FEWEST_ROWS = 20;

/** Levels kept of a layer: there may be thousands of layers. */
const LAYER_LEVELS = 32;

class SignWatch extends FiniteLevels {
  constructor(signal: Signal) {
    super(signal, LAYER_LEVELS);
  }

  get settled(): number {
    return levelBetween(this.history.levels, 0.05, 0.15);
  }

  get now(): number {
    return levelBetween(this.history.levels, 0.9, 1);
  }
}

/** One of the slow changes that go with a loss of plasticity. */
interface Sign {
  readonly watch: SignWatch;
  readonly words: string;
}

class PlasticitySession implements MonitorSession {
  private readonly reward = new RewardCourse();
  /** Signs count beside rewards only: most runs with thousands of layers have none. */
  private rewarded = false;
  private readonly probes = new PerSeries((signal) => ({
    signal,
    first: Number.NaN,
    last: Number.NaN,
    toStep: 0,
    points: 0,
  }));
  private readonly signs = new PerSeries((signal) => new SignWatch(signal));

  consume(sample: Sample): void {
    const { role } = sample.signal;
    if (role === 'reward') {
      this.rewarded = true;
      this.reward.push(sample.step, sample.value);
    } else if (role === 'plasticity-probe') {
      if (Number.isFinite(sample.value)) {
        const probe = this.probes.of(sample);
        probe.first = probe.points === 0 ? sample.value : probe.first;
        probe.last = sample.value;
        probe.toStep = sample.step;
        probe.points++;
      }
    } else if (this.rewarded) {
      this.signs.of(sample).push(sample);
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    const probed = this.probes.all.some(({ watcher }) => watcher.points >= FEWEST_PROBES);
    return probed || (this.judged().length > 0 && !Number.isNaN(this.reward.standing(-Infinity, Infinity)))
      ? undefined
      : {
          monitor: 'plasticity-loss',
          missing: [
            `at least ${FEWEST_PROBES} plasticity probes, or rewards beside dormant units, ranks and weight norms`,
          ],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const probed = this.probes.all.flatMap(({ watcher }) => probeFinding(watcher));
    return probed.length > 0 ? probed.slice(0, 1) : this.fromSigns();
  }

  private fromSigns(): readonly Finding[] {
    const signs = this.signsNow();
    const [first] = signs;
    if (signs.length < SIGNS || first === undefined) {
      return [];
    }
    const { signal, history, now, settled } = first.watch;
    const toStep = history.levels.at(-1)?.toStep ?? 0;
    const half = history.levels[history.levels.length >> 1]?.fromStep ?? toStep;
    if (!(this.reward.standing(half, toStep) <= HALF_LOST)) {
      return [];
    }
    const fromStep = history.levels[Math.floor(0.15 * history.levels.length)]?.fromStep ?? 0;
    return [
      {
        id: `plasticity-loss:${signal.series.tag}:${fromStep}`,
        monitor: 'plasticity-loss',
        symptom: 'plasticity',
        severity: 'warning',
        confidence: 0.6,
        fromStep,
        toStep,
        open: true,
        title: 'The network is losing its ability to learn: the reward falls back with its plasticity',
        explanation:
          `Since the run had settled, ${signs.map(({ words }) => words).join('; ')}. Over the second half the reward has lost at least half of what it had gained. ` +
          'Agents that keep learning from changing data end like this.',
        otherCauses: [
          'The environment has become harder, or exploration ended: then a fresh network does no better on the newest data.',
          'A loss of plasticity without any of these signs is common, too: only a probe (training a copy on a fixed task) tells.',
        ],
        evidence: signs.map(({ watch }) =>
          evidenceNear(watch.signal, toStep, watch === first.watch ? now : watch.now, {
            value: watch === first.watch ? settled : watch.settled,
            meaning: 'level when the first rows had settled',
          }),
        ),
        papers: PAPERS,
      },
    ];
  }

  /** Each kind of sign once, by the layer in the middle of its kind. */
  private signsNow(): readonly Sign[] {
    const judged = this.judged();
    const kind = (fits: (role: string) => boolean): readonly SignWatch[] =>
      judged.filter(({ signal }) => fits(signal.role));
    const typical = (watches: readonly SignWatch[], change: (watch: SignWatch) => number): SignWatch | undefined => {
      const middle = median(watches.map(change));
      return watches.toSorted((left, right) => Math.abs(change(left) - middle) - Math.abs(change(right) - middle))[0];
    };
    const dormant = typical(
      kind((role) => role.endsWith('/dormant')),
      ({ now, settled }) => now - settled,
    );
    const rank = typical(
      kind((role) => role.endsWith('/rank')),
      ({ now, settled }) => now / settled,
    );
    const weights = typical(
      kind((role) => role === 'weight-norm'),
      ({ now, settled }) => now / settled,
    );
    return [
      ...(dormant !== undefined && dormant.now - dormant.settled >= DORMANT_MORE
        ? [
            {
              watch: dormant,
              words: `the share of dormant units went from ${quantity(dormant.settled)} to ${quantity(dormant.now)}`,
            },
          ]
        : []),
      ...(rank !== undefined && rank.now <= RANK_LEFT * rank.settled
        ? [
            {
              watch: rank,
              words: `the rank of the features fell from ${quantity(rank.settled)} to ${quantity(rank.now)}`,
            },
          ]
        : []),
      ...(weights !== undefined && weights.now >= WEIGHTS_GROWN * weights.settled
        ? [
            {
              watch: weights,
              words: `the weight norm grew from ${quantity(weights.settled)} to ${quantity(weights.now)}`,
            },
          ]
        : []),
    ];
  }

  private judged(): readonly SignWatch[] {
    return this.signs.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

interface Probe {
  readonly signal: Signal;
  readonly first: number;
  readonly last: number;
  readonly toStep: number;
  readonly points: number;
}

function probeFinding({ signal, first, last, toStep, points }: Probe): readonly Finding[] {
  if (points < FEWEST_PROBES || !(first > 0 && last >= NOTED_RISE * first)) {
    return [];
  }
  const clear = last >= CLEAR_RISE * first;
  const firstStep = signal.series.stepAt(0);
  return [
    {
      id: `plasticity-loss:${signal.series.tag}:${firstStep}`,
      monitor: 'plasticity-loss',
      symptom: 'plasticity',
      severity: clear ? 'warning' : 'info',
      confidence: clear ? 0.8 : 0.5,
      fromStep: firstStep,
      toStep,
      open: true,
      title: `The network learns a probe task ${times(last / first)} worse than at the start`,
      explanation:
        `A copy trained on a fixed probe task for a fixed number of steps reached a loss of ${quantity(first)} at ${at(signal, firstStep)} and reaches ${quantity(last)} at ${at(signal, toStep)} (${count(points)} probes): ` +
        'the weights are a worse place to start from than they were.',
      otherCauses: [
        'The probe used the optimizer state of the run: then it measures old momenta. It has to start with a fresh one.',
      ],
      evidence: [evidenceOf(signal, toStep, last, { value: first, meaning: 'first probe' })],
      papers: PAPERS,
    },
  ];
}

const PAPERS: readonly Paper[] = [
  { title: 'Understanding plasticity in neural networks', authors: 'Lyle et al.', year: 2023 },
  { title: 'Learning Continually by Spectral Regularization', authors: 'Lewandowski et al.', year: 2024 },
  { title: 'Loss of Plasticity in Deep Continual Learning', authors: 'Dohare et al.', year: 2023 },
];

const REMEDY =
  'Log a plasticity probe (plasticity-probe): every now and then, the loss that a copy of the network with a fresh optimizer reaches on a fixed random task in a fixed number of steps.';

/**
 * Networks that learn new things less and less well. The probe of catalogue 27 tells; the signs of catalogue 78 (dormant
 * units, falling rank, growing weights) count in runs that learn from rewards, two of them together and only with a
 * reward that falls back, because each of them alone also happens in health and plasticity is lost without them, too.
 */
export const plasticityLoss: Monitor = {
  id: 'plasticity-loss',
  title: 'Loss of plasticity',
  symptoms: ['plasticity'],
  needs: [['plasticity-probe', 'reward']],
  uses: ['activation/*/dormant', 'activation/*/rank', 'weight-norm'],
  constants: [
    {
      name: 'NOTED_RISE',
      value: NOTED_RISE,
      meaning: 'times the first probe at which the newest is worth a note',
      source: 'chosen: Understanding plasticity (catalogue 27) publishes no bound',
    },
    {
      name: 'CLEAR_RISE',
      value: CLEAR_RISE,
      meaning: 'times the first probe at which it is a warning',
      source: 'chosen',
    },
    { name: 'FEWEST_PROBES', value: FEWEST_PROBES, meaning: 'probes before they are judged', source: 'chosen' },
    {
      name: 'SIGNS',
      value: SIGNS,
      meaning: 'signs of three that must be there together',
      source: 'Loss of Plasticity (catalogue 78) sees all three; 27 sees losses without them',
    },
    { name: 'DORMANT_MORE', value: DORMANT_MORE, meaning: 'share of units more that are dormant', source: 'chosen' },
    { name: 'RANK_LEFT', value: RANK_LEFT, meaning: 'share of the rank that is left', source: 'chosen' },
    { name: 'WEIGHTS_GROWN', value: WEIGHTS_GROWN, meaning: 'times the weight norm', source: 'chosen' },
    {
      name: 'HALF_LOST',
      value: HALF_LOST,
      meaning: 'share of what it had gained that the reward still has over the second half at most',
      source: 'as for a divergence from the reference that blows up',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'rows of a sign before it counts', source: 'chosen' },
  ],
  silences: [
    'Dormant units, a falling rank or growing weights alone.',
    'All of them while the reward holds.',
    'One training on one data set: without a probe and without rewards it is not judged.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new PlasticitySession(),
};
