import type { Evidence, Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { DirectionSketches, sketchPlace } from '../signals/directionSketches.js';
import { RankBins } from '../signals/rankBins.js';
import { median } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { at, count, quantity } from './words.js';

/** Fewest ranks among which one can stand apart. */
const FEWEST_RANKS = 3;
/** Cosine with the mean gradient that the other ranks must have for one to stand apart from them. */
const AGREED = 0.1;
/** Share of their cosine below which a rank pulls elsewhere. */
const APART_SHARE = 0.25;
/** Cosine above which gradients are one and the same. */
const SAME = 0.9999;
/** Newest rows, or bins of rows in long runs, over which it lasts. */
const LASTING_BINS = 20;

/** Cosines of all ranks, in the order of {@link ranks}, over the newest bins of steps. */
interface Newest {
  readonly bins: ReturnType<RankBins['common']>;
  readonly ranks: readonly number[];
  /** Steps in a bin. */
  readonly width: number;
  /** Whether the ranks logged the cosines themselves. */
  readonly logged: boolean;
}

class WorkerDirectionSession implements MonitorSession {
  private readonly logged = new RankBins();
  private readonly sketches = new DirectionSketches();
  private readonly signals = new Map<number, Signal>();

  consume({ signal, step, value }: Sample): void {
    if (Number.isFinite(value)) {
      const rank = signal.series.rank ?? 0;
      const place = sketchPlace(signal.role);
      if (place === undefined) {
        this.signals.set(rank, signal);
        this.logged.push(rank, step, value);
      } else {
        if (place === 0 && !this.signals.has(rank)) {
          this.signals.set(rank, signal);
        }
        this.sketches.push(rank, step, place, value);
      }
    }
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.newest() === undefined
      ? {
          monitor: 'worker-direction',
          missing: [
            `worker-direction or direction-sketch/* of at least ${FEWEST_RANKS} ranks over ${LASTING_BINS} rows`,
          ],
          remedy: REMEDY,
        }
      : undefined;
  }

  findings(): readonly Finding[] {
    const newest = this.newest();
    if (newest === undefined) {
      return [];
    }
    const { bins, ranks } = newest;
    if (bins.every(({ means }) => means.every((cosine) => cosine >= SAME))) {
      return [this.sameFinding(newest)];
    }
    const apart = ranks.flatMap((rank, place) => {
      const others = bins.map(({ means }) => median(means.filter((_, other) => other !== place)));
      const lasting = bins.every(
        ({ means }, bin) => (others[bin] ?? 0) >= AGREED && (means[place] ?? 1) <= APART_SHARE * (others[bin] ?? 0),
      );
      return lasting ? [{ rank, own: median(bins.map(({ means }) => means[place] ?? 0)), others: median(others) }] : [];
    });
    const [worst] = apart;
    return worst === undefined || apart.length >= ranks.length / 2 ? [] : [this.apartFinding(newest, worst)];
  }

  private apartFinding(newest: Newest, { rank, own, others }: { rank: number; own: number; others: number }): Finding {
    const signal = this.signals.get(rank) as Signal;
    const { fromStep, toStep } = spanOf(newest);
    return {
      id: `worker-direction:${signal.series.tag}:${rank}`,
      monitor: 'worker-direction',
      symptom: 'worker-mismatch',
      severity: 'warning',
      confidence: 0.75,
      fromStep,
      toStep,
      open: true,
      title: `Gradients of rank ${count(rank)} point elsewhere than those of the other ranks`,
      explanation:
        `The cosine between its gradient and the mean is ${quantity(own)} since ${at(signal, fromStep)} at the latest, that of the other ranks ${quantity(others)}. ` +
        'Small batches make all cosines small; one rank that stays apart has other data, other weights or a fault.',
      otherCauses: [
        'This rank reads another shard of the data, or its labels are mixed up.',
        'Its weights have drifted: they were not broadcast, or a layer is left out of the reduction.',
        'Its device computes wrong numbers: put it on another one.',
      ],
      evidence: [
        newest.logged
          ? evidenceNear(signal, toStep, own, { value: others, meaning: 'median of the other ranks' })
          : sketchEvidence(signal, toStep),
      ],
      papers: PAPERS,
    };
  }

  private sameFinding(newest: Newest): Finding {
    const { bins, ranks } = newest;
    const [rank = 0] = ranks;
    const signal = this.signals.get(rank) as Signal;
    const { fromStep, toStep } = spanOf(newest);
    const own = bins.at(-1)?.means[0] ?? Number.NaN;
    return {
      id: `worker-direction:${signal.series.tag}:same`,
      monitor: 'worker-direction',
      symptom: 'worker-mismatch',
      severity: 'info',
      confidence: 0.5,
      fromStep,
      toStep,
      open: true,
      title: `The gradients of all ${count(ranks.length)} ranks are the same`,
      explanation:
        `The cosine between the gradient of every rank and the mean is ${quantity(own)} over the newest ${count(bins.length)} rows. ` +
        'Ranks with data of their own have gradients that differ by the noise of their batches.',
      otherCauses: [
        'Every rank reads the same data: a distributed sampler is missing, and the job does the work of one rank.',
        'The cosine was taken after the gradients were averaged: then nothing is wrong.',
      ],
      evidence: [newest.logged ? evidenceNear(signal, toStep, own) : sketchEvidence(signal, toStep)],
      papers: PAPERS,
    };
  }

  /** The newest bins; undefined where ranks or rows are too few. */
  private newest(): Newest | undefined {
    const logged = this.logged.ranks.length > 0;
    const source = logged ? this.logged : this.sketches.cosines();
    const bins = source.ranks.length >= FEWEST_RANKS ? source.common().slice(-LASTING_BINS) : [];
    return bins.length < LASTING_BINS ? undefined : { bins, ranks: source.ranks, width: source.width, logged };
  }
}

function spanOf({ bins, width }: Newest): { readonly fromStep: number; readonly toStep: number } {
  return { fromStep: bins[0]?.fromStep ?? 0, toStep: (bins.at(-1)?.fromStep ?? 0) + width - 1 };
}

/** Cosines that were worked out are nowhere in the log: the first number of the sketch shows where it lies. */
function sketchEvidence(signal: Signal, step: number): Evidence {
  return evidenceNear(signal, step, Number.NaN);
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Silent Inconsistency in Data-Parallel Full Fine-Tuning: Diagnosing Worker-Level Optimization Misalignment',
    authors: 'Li et al.',
    year: 2026,
  },
  { title: 'Robust Collaborative Learning with Linear Gradient Overhead', authors: 'Farhadkhani et al.', year: 2022 },
];

const REMEDY =
  "On several workers, let each rank log the cosine between a sketch of its own gradient, before the reduction, and the mean of all ranks' (worker-direction); the hook logs the sketches (direction-sketch/00).";

/**
 * Ranks whose gradients point elsewhere. A low cosine on all ranks is what small batches and late training give
 * (catalogue 293), so that only a rank that stays apart from the others is an alarm; 289 says that of two ranks neither
 * can be called the faulty one.
 */
export const workerDirection: Monitor = {
  id: 'worker-direction',
  title: 'Directions of the workers’ gradients',
  symptoms: ['worker-mismatch'],
  needs: [['worker-direction', 'direction-sketch/*']],
  uses: [],
  constants: [
    {
      name: 'FEWEST_RANKS',
      value: FEWEST_RANKS,
      meaning: 'ranks among which one can stand apart',
      source: 'catalogue 289: of two, neither is the faulty one',
    },
    {
      name: 'AGREED',
      value: AGREED,
      meaning: 'cosine with the mean gradient that the others must have',
      source: 'chosen: below it batches are too small to tell',
    },
    {
      name: 'APART_SHARE',
      value: APART_SHARE,
      meaning: 'share of the cosine of the others at most',
      source: 'chosen: none is published (catalogue 293)',
    },
    { name: 'SAME', value: SAME, meaning: 'cosine of equal gradients', source: 'chosen: rounding of the sketch' },
    {
      name: 'LASTING_BINS',
      value: LASTING_BINS,
      meaning: 'newest rows, or bins of rows in long runs',
      source: 'chosen',
    },
  ],
  silences: [
    'A low cosine on all ranks: small batches, or little left to learn.',
    'A rank that is apart for some rows.',
    'Two ranks: nobody knows which of them is right.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new WorkerDirectionSession(),
};
