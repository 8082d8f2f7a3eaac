import type { Paper } from './finding.js';
import type { Framework } from './loop.js';
import type { SourceEdit } from './sourceEdit.js';
import type { Symptom } from './symptom.js';

/** A number or word that the user may choose before the fix is made. */
export interface FixSetting {
  readonly name: string;
  readonly title: string;
  readonly default: number | string;
  /** Where the default comes from. */
  readonly source: string;
}

/** What is known of a fix without looking at any source file. */
export interface FixDescription {
  /** Stable: scripts use it. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what it changes and why that helps. */
  readonly why: string;
  readonly answers: readonly Symptom[];
  /** Monitors whose findings it answers where their symptom is "other", which says too little. */
  readonly answersMonitors?: readonly string[];
  /** Symptoms that rule it out wherever they are found in the same run, whatever it is asked for. */
  readonly ruledOutBy?: readonly Symptom[];
  /** When it must not be used, in words for the user. */
  readonly contraindications: readonly string[];
  readonly frameworks: readonly Framework[];
  readonly settings: readonly FixSetting[];
  readonly papers: readonly Paper[];
  readonly labArm: string | null;
}

/** What a fix comes to in one file: edits, nothing to do, or a refusal with its reason. */
export type FixOutcome =
  | { readonly kind: 'edits'; readonly edits: readonly SourceEdit[]; readonly notes: readonly string[] }
  /** `what` says in words what stands there, where the line alone would not: "trainer.gradient_clip_val is 1". */
  | { readonly kind: 'already-there'; readonly line: number; readonly what?: string }
  | { readonly kind: 'refused'; readonly reason: string };
