import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RankBins } from '../signals/rankBins.js';
import { median } from '../signals/rise.js';
import { DEVIATION_TO_SIGMA, RollingWindow } from '../signals/rollingWindow.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { at, count, nameOf, quantity, times } from './words.js';

/** Fewest ranks that have a spread which no single one of them makes. */
const FEWEST_RANKS = 4;
/** Times the spread of the second quarter of the run that the last has, in its own unit and against the level. */
const SPREAD_RISE = 3;
/** A level that has moved by more than this factor explains a spread that moved with it. */
const LEVEL_MOVED = 2;
/** Rows, or bins of rows in long runs, that all ranks share, before the first judgement. */
const FEWEST_BINS = 40;
/** Bins over whose median a spread is followed to where it began to rise. */
const SMOOTH_BINS = 9;

/** Spread and level of all ranks in a bin. */
interface Spread {
  readonly fromStep: number;
  readonly spread: number;
  readonly level: number;
}

class TagSpread {
  readonly bins = new RankBins();
  readonly signals = new Map<number, Signal>();

  /** The middle half of the ranks decides, so that one rank apart (see worker-mismatch) makes no spread. */
  spreads(): readonly Spread[] {
    return this.bins.common().map(({ fromStep, means }) => {
      const level = median(means);
      return { fromStep, level, spread: DEVIATION_TO_SIGMA * median(means.map((mean) => Math.abs(mean - level))) };
    });
  }
}

class WorkerDispersionSession implements MonitorSession {
  private readonly tags = new Map<string, TagSpread>();

  consume({ signal, step, value }: Sample): void {
    const { rank, tag } = signal.series;
    if (rank === undefined || !Number.isFinite(value)) {
      return;
    }
    let spread = this.tags.get(tag);
    if (spread === undefined) {
      spread = new TagSpread();
      this.tags.set(tag, spread);
    }
    spread.signals.set(rank, signal);
    spread.bins.push(rank, step, value);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'worker-dispersion',
          missing: [`the same number from at least ${FEWEST_RANKS} ranks over ${FEWEST_BINS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    return this.judged()
      .flatMap(({ tag, spreads }) => findingsOf(tag, spreads))
      .slice(0, 1);
  }

  private judged(): readonly { readonly tag: TagSpread; readonly spreads: readonly Spread[] }[] {
    return [...this.tags.values()]
      .filter(({ bins }) => bins.ranks.length >= FEWEST_RANKS)
      .map((tag) => ({ tag, spreads: tag.spreads() }))
      .filter(({ spreads }) => spreads.length >= FEWEST_BINS);
  }
}

function findingsOf({ bins, signals }: TagSpread, spreads: readonly Spread[]): readonly Finding[] {
  const quarter = Math.floor(spreads.length / 4);
  const before = spreads.slice(quarter, 2 * quarter);
  const now = spreads.slice(-quarter);
  const of = (part: readonly Spread[], value: (one: Spread) => number): number => median(part.map(value));
  const [spreadBefore, spreadNow] = [of(before, ({ spread }) => spread), of(now, ({ spread }) => spread)];
  const [levelBefore, levelNow] = [of(before, ({ level }) => level), of(now, ({ level }) => level)];
  const moved = Math.abs(levelNow) / Math.abs(levelBefore);
  const rise = spreadNow / spreadBefore;
  if (!(spreadBefore > 0 && rise >= SPREAD_RISE && rise >= SPREAD_RISE * moved && moved <= LEVEL_MOVED)) {
    return [];
  }
  const signal = signals.get(bins.ranks[0] ?? 0) as Signal;
  const fromStep = onset(spreads, Math.sqrt(spreadBefore * spreadNow));
  const toStep = (spreads.at(-1)?.fromStep ?? 0) + bins.width - 1;
  return [
    {
      id: `worker-dispersion:${signal.series.tag}:${fromStep}`,
      monitor: 'worker-dispersion',
      symptom: 'worker-mismatch',
      severity: 'info',
      confidence: 0.5,
      fromStep,
      toStep,
      open: true,
      title: `The ranks drift apart: the spread of their ${nameOf(signal)} has grown ${times(rise)} since ${at(signal, fromStep)}`,
      explanation:
        `Among ${count(bins.ranks.length)} ranks the ${nameOf(signal)} spread by ${quantity(spreadBefore)} around ${quantity(levelBefore)} in the second quarter of the run and spreads by ${quantity(spreadNow)} around ${quantity(levelNow)} in the last. ` +
        'The mean over the ranks does not show it.',
      otherCauses: [
        'The ranks do not hold the same weights any more: a layer, a buffer or a state of the optimizer is left out of the synchronisation.',
        'The ranks shuffle differently since an epoch ended, or their shards differ in kind.',
        'Batches have become smaller, or their lengths more uneven.',
      ],
      evidence: bins.ranks.slice(0, 4).flatMap((rank) => {
        const own = signals.get(rank);
        return own === undefined ? [] : [evidenceNear(own, toStep, levelNow)];
      }),
      papers: PAPERS,
    },
  ];
}

/** First step of the bins from which on the spread, smoothed, has stayed above a bound. */
function onset(spreads: readonly Spread[], bound: number): number {
  const window = new RollingWindow(SMOOTH_BINS);
  let from: number | undefined;
  for (const { fromStep, spread } of spreads) {
    window.push(spread);
    from = window.median() < bound ? undefined : (from ?? fromStep);
  }
  return from ?? spreads.at(-1)?.fromStep ?? 0;
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Silent Inconsistency in Data-Parallel Full Fine-Tuning: Diagnosing Worker-Level Optimization Misalignment',
    authors: 'Li et al.',
    year: 2026,
  },
];

const REMEDY = 'On several workers, let each rank log its own loss and gradient norm, before they are reduced.';

/**
 * Ranks that drift apart while their mean looks smooth: the spread of losses or gradient norms over the ranks, held
 * against its own earlier size (catalogue 293, which publishes no bound). Healthy spreads are the noise of the batches
 * and shrink with the loss.
 */
export const workerDispersion: Monitor = {
  id: 'worker-dispersion',
  title: 'Ranks that drift apart',
  symptoms: ['worker-mismatch'],
  needs: [['train/loss', 'gradient-norm']],
  uses: [],
  constants: [
    {
      name: 'FEWEST_RANKS',
      value: FEWEST_RANKS,
      meaning: 'ranks that have a spread which no single one of them makes',
      source: 'chosen: the middle half of them decides',
    },
    {
      name: 'SPREAD_RISE',
      value: SPREAD_RISE,
      meaning: 'times the spread of the second quarter of the run that the last has',
      source: 'chosen: none is published; the median of ten spreads of four ranks varies by about a quarter',
    },
    {
      name: 'LEVEL_MOVED',
      value: LEVEL_MOVED,
      meaning: 'factor by which the level may have moved',
      source: 'chosen: a spread that grows with its level is no drift',
    },
    {
      name: 'FEWEST_BINS',
      value: FEWEST_BINS,
      meaning: 'rows, or bins of rows in long runs, before the first judgement',
      source: 'chosen',
    },
  ],
  silences: [
    'Spreads of a constant size, or that shrink with the loss: the noise of the batches.',
    'A spread that grows with the level.',
    'One rank apart from all others, which worker-mismatch names.',
    'Two or three ranks.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new WorkerDispersionSession(),
};
