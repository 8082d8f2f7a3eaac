import type { Severity } from '../model/finding.js';
import type { Role } from '../model/role.js';
import type { Symptom } from '../model/symptom.js';
import type { DifferingSetting } from './settingsOrder.js';

/** One value of each of two runs, the first run's first. */
export type Both<Value> = readonly [Value, Value];

/** Where two curves begin to differ for good, by more than they waver. */
export interface Parting {
  readonly step: number;
  readonly values: Both<number>;
  /** How far one step of the two curves strays from its course, as a standard deviation of their difference; 0: not at all. */
  readonly noise: number;
}

/** The same quantity of two runs, on the steps that both have. */
export interface ComparedCurve {
  readonly role: Role;
  readonly tags: Both<string>;
  readonly rank?: number;
  /** Steps that both curves have a value for. */
  readonly sharedSteps: number;
  /** First shared step at which the values are not the same number; null: none. */
  readonly firstDifference: number | null;
  /** Null: they stay within their noise. */
  readonly parting: Parting | null;
  /** At the last shared step; null where there is none. */
  readonly end: { readonly step: number; readonly values: Both<number> } | null;
}

export interface ComparedFinding {
  readonly monitor: string;
  readonly symptom: Symptom;
  /** In each run: what it says there; null where it is not found. */
  readonly runs: Both<{
    readonly id: string;
    readonly severity: Severity;
    readonly title: string;
    readonly fromStep: number;
  } | null>;
}

/** What distinguishes two runs. */
export interface RunComparison {
  readonly runs: Both<{ readonly id: string; readonly name: string }>;
  /** Settings in which they differ, the most telling first. Empty as well where one of them names none. */
  readonly configuration: readonly DifferingSetting[];
  /** Which of the runs say nothing of their settings. */
  readonly withoutSettings: Both<boolean>;
  /** Losses first. */
  readonly curves: readonly ComparedCurve[];
  /** Tags that have no counterpart in the other run. */
  readonly onlyIn: Both<readonly string[]>;
  /** Those that only one run has come first. */
  readonly findings: readonly ComparedFinding[];
}
