import type { Severity } from '../../model/finding.js';
import type { Symptom } from '../../model/symptom.js';

/** As much of a finding as a rescue needs. */
export interface Trouble {
  readonly title: string;
  readonly symptom: string;
  readonly severity: Severity;
  readonly fromStep: number;
  readonly toStep: number;
  /** Ids of the fixes that answer it, the most fitting one first. */
  readonly fixes: readonly string[];
}

/** What a run is not saved from by going back to a checkpoint: nothing broke at a step. */
const NO_BREAK: ReadonlySet<string> = new Set<Symptom>([
  'throughput',
  'hardware',
  'data',
  'plateau',
  'overfitting',
  'learning-rate',
  'warmup',
  'worker-mismatch',
  'other',
]);
const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** What a run has to be saved from: the first of its worst findings, of those before all after which it was not itself. */
export function worstOf(findings: readonly Trouble[]): Trouble | undefined {
  return findings
    .filter(({ severity }) => severity !== 'info')
    .sort(
      (a, b) =>
        Number(NO_BREAK.has(a.symptom)) - Number(NO_BREAK.has(b.symptom)) ||
        ORDER[a.severity] - ORDER[b.severity] ||
        a.fromStep - b.fromStep,
    )[0];
}
