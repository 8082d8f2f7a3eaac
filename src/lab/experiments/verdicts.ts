import { directionOf, FEWEST_PAIRS, pairedEffect } from '../statistics.js';
import type { Direction } from '../statistics.js';
import { METRICS } from './metrics.js';
import type { Metric, MetricId } from './metrics.js';
import type { RunOutcome } from './queue.js';
import type { ArmVerdict, Verdict } from './result.js';

/** Outcomes of one arm by seed. */
export type Outcomes = readonly RunOutcome[];

/** Multiple of the smallest effect that matters by which every ill run must be worse, where seeds are few. */
const PLAIN = 3;

/** Of an arm of which nothing can be said. @param note why. */
export function unknown(arm: string, metric: MetricId, note: string): ArmVerdict {
  const { unit } = METRICS[metric];
  return {
    arm,
    verdict: 'unclear',
    effect: null,
    interval: null,
    unit,
    seeds: 0,
    metric,
    baseline: null,
    value: null,
    note,
  };
}

/** Values of the seeds for which both runs are there. */
export function pairsOf(baseline: Outcomes, treated: Outcomes, metric: Metric): { before: number; after: number }[] {
  return baseline.flatMap((one, index) => {
    const other = treated[index];
    if (one.kind !== 'done' || other?.kind !== 'done') {
      return [];
    }
    const pair = { before: metric.of(one.curves), after: metric.of(other.curves) };
    return Number.isFinite(pair.before) && Number.isFinite(pair.after) ? [pair] : [];
  });
}

/** The metric of each run that came to its end. */
export function valuesOf(outcomes: Outcomes, metric: Metric): number[] {
  return outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [metric.of(outcome.curves)] : []));
}

/** Which way the metric goes from one arm to another. */
export function directionBetween(baseline: Outcomes, treated: Outcomes, metric: Metric): Direction {
  const differences = pairsOf(baseline, treated, metric).map(({ before, after }) => after - before);
  return directionOf(pairedEffect(differences), metric.smallest);
}

/** What an arm did against the baseline with the same seeds. */
export function verdictOf(arm: string, baseline: Outcomes, treated: Outcomes, id: MetricId): ArmVerdict {
  const metric: Metric = METRICS[id];
  const pairs = pairsOf(baseline, treated, metric);
  if (pairs.length === 0) {
    return unknown(arm, id, whyNoPair(treated));
  }
  const effect = pairedEffect(pairs.map(({ before, after }) => after - before));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    arm,
    verdict: wordFor(directionOf(effect, metric.smallest), metric),
    effect: effect.mean,
    interval: effect.interval,
    unit: metric.unit,
    seeds: effect.pairs,
    metric: id,
    baseline: mean(pairs.map(({ before }) => before)),
    value: mean(pairs.map(({ after }) => after)),
    note: noteOn(effect.pairs, baseline.length),
  };
}

function whyNoPair(treated: Outcomes): string {
  const [failed] = treated.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.reason] : []));
  if (failed !== undefined) {
    return failed;
  }
  return treated.some(({ kind }) => kind === 'done')
    ? 'no pair of runs came to its end with this number'
    : 'not trained: it was interrupted, or the budget was spent';
}

function noteOn(pairs: number, planned: number): string | null {
  const missing = planned - pairs;
  const notes = [
    ...(missing > 0 ? [`${missing} of ${planned} pairs of runs are missing`] : []),
    ...(pairs < FEWEST_PAIRS ? [`nothing is claimed from fewer than ${FEWEST_PAIRS} pairs`] : []),
  ];
  return notes.length > 0 ? notes.join('; ') : null;
}

function wordFor(direction: Direction, { better }: Metric): Verdict {
  if (direction === 'no-effect' || direction === 'unclear') {
    return direction;
  }
  return direction === better ? 'helps' : 'hurts';
}

/** Whether the ill runs are worse than the healthy ones: by the interval, or plainly with every single seed. */
export function isWorse(healthy: Outcomes, ill: Outcomes, metric: Metric): boolean {
  const sign = metric.better === 'lower' ? 1 : -1;
  const differences = pairsOf(healthy, ill, metric).map(({ before, after }) => sign * (after - before));
  return (
    directionOf(pairedEffect(differences), metric.smallest) === 'higher' ||
    (differences.length > 0 && differences.every((difference) => difference >= PLAIN * metric.smallest))
  );
}
