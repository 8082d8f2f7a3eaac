import type { Finding } from '../../src/model/finding.js';
import type { LabelledRun } from './labels.js';

/** A finding in the words of the labels; steps count what the labels count. */
export interface Prediction {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Which predictions name a label rightly. */
const FITS: Readonly<Record<string, readonly string[]>> = {
  nan: ['nan'],
  loss_zero: ['nan', 'loss_zero'],
  divergence: ['divergence', 'loss_spike', 'nan'],
  loss_spike: ['loss_spike', 'divergence'],
  grad_spike: ['grad_spike', 'loss_spike'],
  overfitting: ['overfitting'],
  plateau: ['plateau'],
  early_rise: ['divergence', 'loss_spike', 'early_rise'],
};

const KIND_OF_SYMPTOM: Readonly<Record<string, string>> = {
  'non-finite': 'nan',
  'gradient-spike': 'grad_spike',
  'gradient-exploding': 'grad_spike',
};

/** Labels are widened by this share of the labelled extent ... */
const SLACK_SHARE = 0.02;
/** ... and by so many steps at least. */
const SLACK_STEPS = 3;

export interface KindScore {
  found: number;
  wanted: number;
  wrong: number;
}

export interface Score {
  readonly kinds: ReadonlyMap<string, KindScore>;
  readonly healthy: number;
  readonly alarmed: readonly string[];
  readonly missed: readonly string[];
  readonly unread: readonly string[];
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Findings above a note, in the words of the labels. */
export function predictionsOf(findings: readonly Finding[], toLabelStep: (step: number) => number): Prediction[] {
  return findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ symptom, fromStep, toStep }) => ({
      kind: KIND_OF_SYMPTOM[symptom] ?? symptom.replaceAll('-', '_'),
      from: toLabelStep(fromStep),
      to: toLabelStep(toStep),
    }));
}

/**
 * Counts per run and kind, so that a run with twelve spikes counts once: only labels of which their author is sure are
 * wanted; anything on a healthy run is a false alarm; on a run with a fault, kinds that explain none of its labels are
 * wrong. Runs without an entry in `predictions` were not read.
 */
export function scoreRuns(
  runs: readonly LabelledRun[],
  predictions: ReadonlyMap<string, readonly Prediction[]>,
): Score {
  const kinds = new Map<string, KindScore>();
  const of = (kind: string): KindScore => {
    const known = kinds.get(kind) ?? { found: 0, wanted: 0, wrong: 0 };
    kinds.set(kind, known);
    return known;
  };
  const alarmed: string[] = [];
  const missed: string[] = [];
  const unread: string[] = [];
  let healthy = 0;
  for (const run of runs) {
    const predicted = predictions.get(run.file);
    if (predicted === undefined) {
      unread.push(run.file);
      continue;
    }
    const predictedKinds = new Set(predicted.map(({ kind }) => kind));
    const labelled = new Set(run.labels.map(({ kind }) => kind));
    const faults = run.labels.filter(({ kind }) => FITS[kind] !== undefined);
    if (faults.length === 0 && labelled.has('healthy')) {
      healthy++;
      if (predicted.length > 0) {
        alarmed.push(`${run.file}: ${[...predictedKinds].join(', ')}`);
        predictedKinds.forEach((kind) => of(kind).wrong++);
      }
      continue;
    }
    const slack = Math.max(SLACK_STEPS, SLACK_SHARE * extentOf(run));
    for (const kind of new Set(faults.filter(({ confidence }) => confidence === 'sure').map((label) => label.kind))) {
      of(kind).wanted++;
      const hit = faults.some(
        (label) =>
          label.kind === kind &&
          predicted.some(
            (prediction) =>
              FITS[kind]?.includes(prediction.kind) === true &&
              prediction.from <= (label.step_to ?? Infinity) + slack &&
              prediction.to >= (label.step_from ?? -Infinity) - slack,
          ),
      );
      if (hit) {
        of(kind).found++;
      } else {
        missed.push(`${run.file}: ${kind}`);
      }
    }
    const explained = new Set(faults.flatMap(({ kind }) => FITS[kind] ?? []));
    for (const kind of predictedKinds) {
      if (FITS[kind] !== undefined && !explained.has(kind) && !labelled.has('restart')) {
        of(kind).wrong++;
      }
    }
  }
  const total = [...kinds.values()].reduce(
    (sum, { found, wanted, wrong }) => ({
      found: sum.found + found,
      wanted: sum.wanted + wanted,
      wrong: sum.wrong + wrong,
    }),
    { found: 0, wanted: 0, wrong: 0 },
  );
  const precision = total.found / Math.max(1, total.found + total.wrong);
  const recall = total.found / Math.max(1, total.wanted);
  const f1 = (2 * precision * recall) / Math.max(1e-9, precision + recall);
  return { kinds, healthy, alarmed, missed, unread, precision, recall, f1 };
}

function extentOf({ labels }: LabelledRun): number {
  const ends = labels.flatMap(({ step_from, step_to }) => [step_from, step_to]).filter((end) => end !== null);
  return ends.length === 0 ? 0 : Math.max(...ends) - Math.min(...ends);
}
