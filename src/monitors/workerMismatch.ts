import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { RankBins } from '../signals/rankBins.js';
import { median } from '../signals/rise.js';
import { DEVIATION_TO_SIGMA } from '../signals/rollingWindow.js';
import { evidenceOf } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { at, count, nameFirst, nameOf, percent, quantity } from './words.js';

/** Fewest ranks among which one can stand apart. */
const FEWEST_RANKS = 3;
/** Robust standard deviations between the median of a rank over a window and that of all ranks ... */
const SIGMAS = 4;
/** ... which are this share of the level, too. */
const APART_SHARE = 0.1;
/** Bins in a window, and windows in a row for which a rank stays apart. */
const WINDOW = 10;
const LASTING_WINDOWS = 10;
/** The same for a rank that stands apart by less than its noise, but by more of the level and for longer. */
const QUIET_SIGMAS = 2;
const QUIET_SHARE = 0.25;
const QUIET_WINDOWS = 50;
/** A rank that was apart by this share of the run may have other data on purpose. */
const EARLY_SHARE = 0.1;
/** Ranks whose every row agrees as closely as this log one and the same number. */
const SAME = 1e-9;
/** Bins before the first judgement. */
const FEWEST_BINS = 20;

interface Apart {
  readonly place: number;
  readonly windows: number;
  readonly firstBin: number;
  readonly lastBin: number;
}

/** How far and for how long a rank has to stand apart. */
interface Bar {
  readonly sigmas: number;
  readonly share: number;
  readonly windows: number;
}

const BARS: readonly Bar[] = [
  { sigmas: SIGMAS, share: APART_SHARE, windows: LASTING_WINDOWS },
  { sigmas: QUIET_SIGMAS, share: QUIET_SHARE, windows: QUIET_WINDOWS },
];

type Bins = ReturnType<RankBins['common']>;

/** How the ranks stand in some bins. */
interface Window {
  /** Between the ranks, a robust standard deviation. */
  readonly spread: number;
  /** Of the median rank. */
  readonly level: number;
  /** Of each rank from the median one. */
  readonly distances: readonly number[];
}

/** One tag as all ranks log it. */
class TagAcrossRanks {
  readonly bins = new RankBins();
  readonly signals = new Map<number, Signal>();

  push(rank: number, { signal, step, value }: Sample): void {
    this.signals.set(rank, signal);
    if (Number.isFinite(value)) {
      this.bins.push(rank, step, value);
    }
  }

  get judged(): boolean {
    return this.signals.size >= 2 && this.bins.common().length >= FEWEST_BINS;
  }
}

class WorkerMismatchSession implements MonitorSession {
  private readonly tags = new Map<string, TagAcrossRanks>();

  consume(sample: Sample): void {
    const { tag, rank } = sample.signal.series;
    if (rank === undefined) {
      return;
    }
    let across = this.tags.get(tag);
    if (across === undefined) {
      across = new TagAcrossRanks();
      this.tags.set(tag, across);
    }
    across.push(rank, sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.judged().length > 0
      ? undefined
      : {
          monitor: 'worker-mismatch',
          missing: [`at least ${FEWEST_BINS} steps of train/loss or gradient-norm from two ranks or more`],
          remedy: 'On several workers, let each rank log its own loss and gradient norm, before they are reduced.',
        };
  }

  findings(): readonly Finding[] {
    const same = this.sameEverywhere();
    return same === undefined ? this.judged().flatMap((across) => apartFinding(across)) : [same];
  }

  private judged(): readonly TagAcrossRanks[] {
    return [...this.tags.values()].filter(({ judged }) => judged);
  }

  /**
   * The losses agree to the last digit, and so does whatever else the ranks log. A note only: after DistributedDataParallel's
   * backward every rank holds the same gradient, and many scripts log a loss that is reduced already.
   */
  private sameEverywhere(): Finding | undefined {
    const judged = this.judged();
    const loss = judged.find((across) => roleOf(across) === 'train/loss');
    if (loss === undefined || isReduced(loss) || !judged.every((across) => agrees(across.bins.common()))) {
      return undefined;
    }
    return sameFinding(loss, judged.length > 1);
  }
}

function roleOf({ signals }: TagAcrossRanks): string | undefined {
  return [...signals.values()][0]?.role;
}

/** `train/global_loss`, `loss_avg`: a name that says that the number is the same for all. */
function isReduced({ signals }: TagAcrossRanks): boolean {
  const tag = [...signals.values()][0]?.series.tag ?? '';
  return /(^|[^a-z])(global|reduced|all_?reduced?|avg|average|mean|synced?|gathered)([^a-z]|$)/i.test(tag);
}

function agrees(bins: Bins): boolean {
  const same = bins.every(({ means }) => Math.max(...means) - Math.min(...means) <= SAME * Math.abs(means[0] ?? 0));
  return same && new Set(bins.map(({ means }) => means[0])).size > 1;
}

function sameFinding({ bins, signals }: TagAcrossRanks, normsToo: boolean): Finding {
  const common = bins.common();
  const first = signals.get(bins.ranks[0] ?? 0) as Signal;
  const [fromStep, toStep] = [common[0]?.fromStep ?? 0, first.series.stepAt(first.series.length - 1)];
  return {
    id: `worker-mismatch:same:${first.series.tag}`,
    monitor: 'worker-mismatch',
    symptom: 'worker-mismatch',
    severity: 'info',
    confidence: normsToo ? 0.6 : 0.4,
    fromStep,
    toStep,
    open: true,
    title: `All ${count(signals.size)} ranks log the same loss: they may see the same data`,
    explanation:
      `The training loss of all ${count(signals.size)} ranks is the same to the last digit in every row` +
      `${normsToo ? ', and so is the gradient norm' : ''}. Workers that each see their own share of the data differ a little at every step; ` +
      'when they all see the same batches, all but one of them work for nothing.',
    otherCauses: [
      'What is logged was averaged over the ranks first: then it is the same everywhere, and says nothing about the data. Log the loss of each rank before it is reduced to tell.',
      'The sampler is not told about the ranks (no DistributedSampler), or every rank seeds the shuffle and the shard alike.',
    ],
    evidence: [evidenceOf(first, toStep, common.at(-1)?.means[0] ?? Number.NaN)],
    papers: [SILENT_INCONSISTENCY],
  };
}

function apartFinding({ bins, signals }: TagAcrossRanks): readonly Finding[] {
  const common = bins.common();
  const windows = bins.ranks.length < FEWEST_RANKS ? [] : windowsOf(common);
  const stretches = BARS.flatMap((bar) => longestApart(windows, bar) ?? []);
  const [apart] = stretches.toSorted((left, right) => right.windows - left.windows);
  if (apart === undefined) {
    return [];
  }
  const rank = bins.ranks[apart.place] ?? 0;
  const signal = signals.get(rank) as Signal;
  const last = common[apart.lastBin];
  const { fromStep } = common[apart.firstBin] ?? { fromStep: Number.NaN };
  const open = apart.lastBin === common.length - 1;
  const toStep = open ? signal.series.stepAt(signal.series.length - 1) : (last?.fromStep ?? fromStep);
  const window = common.slice(Math.max(0, apart.lastBin + 1 - WINDOW), apart.lastBin + 1);
  const own = median(window.map(({ means }) => means[apart.place] ?? Number.NaN));
  const others = median(window.map(({ means }) => median(means)));
  const fromTheStart = apart.firstBin <= EARLY_SHARE * common.length;
  return [
    {
      id: `worker-mismatch:${signal.series.tag}:${rank}:${fromStep}`,
      monitor: 'worker-mismatch',
      symptom: 'worker-mismatch',
      severity: signal.role === 'train/loss' && !fromTheStart ? 'warning' : 'info',
      confidence: fromTheStart ? 0.5 : 0.85,
      fromStep,
      toStep,
      open,
      title: `Rank ${rank} has stood apart from the others since ${at(signal, fromStep)}`,
      explanation:
        `${nameFirst(signal)} of rank ${rank} is ${quantity(own)}; the median of the ${count(bins.ranks.length)} ranks is ${quantity(others)}. ` +
        `The difference lasts since ${at(signal, fromStep)} and is far beyond the usual spread between ranks.` +
        (fromTheStart ? ' It has been there from the beginning.' : ''),
      otherCauses: [
        'The rank does not take part in the reduction any more, or its weights were not updated or restored with the others.',
        'Its share of the data is different (a bad shard, another domain, longer sequences)' +
          (fromTheStart ? ', which may be on purpose.' : '.'),
        'A faulty device.',
      ],
      evidence: [
        evidenceOf(signal, toStep, own, {
          value: others,
          meaning: `median ${nameOf(signal)} of all ranks over the same steps; apart by ${percent(Math.abs(own / others - 1))}`,
        }),
      ],
      papers: [SILENT_INCONSISTENCY],
    },
  ];
}

/** The longest stretch for which one and the same rank stands apart. */
function longestApart(windows: readonly Window[], bar: Bar): Apart | undefined {
  let longest: Apart | undefined;
  let current: Apart | undefined;
  for (const [firstBin, window] of windows.entries()) {
    const place = apartIn(window, bar);
    if (place === undefined) {
      current = undefined;
      continue;
    }
    const lastBin = firstBin + WINDOW - 1;
    current =
      current?.place === place
        ? { ...current, windows: current.windows + 1, lastBin }
        : { place, windows: 1, firstBin, lastBin };
    longest = current.windows > (longest?.windows ?? 0) ? current : longest;
  }
  return longest !== undefined && longest.windows >= bar.windows ? longest : undefined;
}

/** Every window, by its first bin. */
function windowsOf(bins: Bins): readonly Window[] {
  const count = Math.max(0, bins.length - WINDOW + 1);
  return Array.from({ length: count }, (_, firstBin) => windowOf(bins.slice(firstBin, firstBin + WINDOW)));
}

function windowOf(bins: Bins): Window {
  const middles = bins.map(({ means }) => median(means));
  const deviations = bins.map(({ means }, bin) => means.map((mean) => mean - (middles[bin] ?? 0)));
  return {
    spread: DEVIATION_TO_SIGMA * median(deviations.flat().map(Math.abs)),
    level: median(middles.map(Math.abs)),
    distances: (bins[0]?.means ?? []).map((_, rank) =>
      Math.abs(median(deviations.map((deviation) => deviation[rank] ?? 0))),
    ),
  };
}

/** Place of the rank that stands apart in a window, if one does. */
function apartIn({ spread, level, distances }: Window, { share, sigmas }: Bar): number | undefined {
  let place: number | undefined;
  let greatest = Math.max(sigmas * spread, share * level);
  for (const [rank, distance] of distances.entries()) {
    if (distance > greatest) {
      greatest = distance;
      place = rank;
    }
  }
  return place;
}

const SILENT_INCONSISTENCY = {
  title: 'Silent Inconsistency in Data-Parallel Full Fine-Tuning: Diagnosing Worker-Level Optimization Misalignment',
  authors: 'Li et al.',
  year: 2026,
};

/** Workers that are out of step, or that all do the same work. */
export const workerMismatch: Monitor = {
  id: 'worker-mismatch',
  title: 'Workers out of step',
  symptoms: ['worker-mismatch'],
  needs: [['train/loss', 'gradient-norm']],
  uses: [],
  constants: [
    {
      name: 'FEWEST_RANKS',
      value: FEWEST_RANKS,
      meaning: 'ranks among which one can stand apart',
      source: 'Robust Collaborative Learning with Linear Gradient Overhead: of two, neither is the faulty one',
    },
    {
      name: 'SIGMAS',
      value: SIGMAS,
      meaning: 'robust standard deviations of one row between the median of a rank over a window and that of all ranks',
      source: 'chosen: about ten standard deviations of such a median',
    },
    {
      name: 'APART_SHARE',
      value: APART_SHARE,
      meaning: 'share of the level that the difference has to reach',
      source: 'chosen: shares of one data set differ by less',
    },
    { name: 'WINDOW', value: WINDOW, meaning: 'rows, or bins of rows in long runs, in a window', source: 'chosen' },
    { name: 'LASTING_WINDOWS', value: LASTING_WINDOWS, meaning: 'windows in a row', source: 'chosen' },
    {
      name: 'QUIET_SIGMAS',
      value: QUIET_SIGMAS,
      meaning: 'the same as SIGMAS for a rank that stands apart for longer',
      source: 'chosen: about five standard deviations of such a median',
    },
    {
      name: 'QUIET_SHARE',
      value: QUIET_SHARE,
      meaning: 'share of the level that the difference then has to reach',
      source: 'own run of a worker whose optimizer stopped: a half',
    },
    { name: 'QUIET_WINDOWS', value: QUIET_WINDOWS, meaning: 'windows in a row by then', source: 'chosen' },
    {
      name: 'EARLY_SHARE',
      value: EARLY_SHARE,
      meaning: 'share of the run by which a difference is there from the start: a note',
      source: 'chosen: shards may differ on purpose',
    },
    { name: 'SAME', value: SAME, meaning: 'relative difference of equal numbers', source: 'chosen: rounding' },
    { name: 'FEWEST_BINS', value: FEWEST_BINS, meaning: 'rows before the first judgement', source: 'chosen' },
  ],
  silences: [
    'Ranks that differ by the noise of their batches.',
    'A number that was averaged over the ranks before it was logged, where its name or the gradient norms beside it say so.',
    'A difference between only two ranks: nobody knows which of them is right.',
    'A rank whose data differ from the start: a note.',
  ],
  papers: [],
  remedy: 'On several workers, let each rank log its own loss and gradient norm, before they are reduced.',
  start: () => new WorkerMismatchSession(),
};
