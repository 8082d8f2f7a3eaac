import type { Role } from './role.js';
import type { Symptom } from './symptom.js';

export const SEVERITIES = ['info', 'warning', 'error'] as const;
/** In rising order: `info` is a note, `warning` wants a look, `error` means the run is broken or wasted. */
export type Severity = (typeof SEVERITIES)[number];

/** One number in the data that carries a finding. */
export interface Evidence {
  readonly role: Role;
  readonly tag: string;
  readonly rank?: number;
  readonly step: number;
  readonly value: number;
  /** What the value is held against, in the same unit; omitted when nothing is compared. */
  readonly baseline?: number;
  /** How the baseline was formed: "median of the 50 rows before". */
  readonly baselineMeaning?: string;
  readonly unit?: string;
}

/** A published work that a rule or a fix rests on. Cited by title and authors; `index` points into the catalogue. */
export interface Paper {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
}

/** One finding of a story that several monitors tell together. */
export interface ChainLink {
  readonly monitor: string;
  readonly symptom: Symptom;
  readonly fromStep: number;
  readonly toStep: number;
}

/** What a monitor has seen: plain data. The same input gives the same finding, byte for byte. */
export interface Finding {
  /** Stable while the finding grows: made of the monitor, the series, the segment and the first step. */
  readonly id: string;
  readonly monitor: string;
  readonly symptom: Symptom;
  readonly severity: Severity;
  /** 0 to 1: how often a finding with this evidence is right. */
  readonly confidence: number;
  readonly fromStep: number;
  /** Last step to which it applies so far; equals the newest step while it is open. */
  readonly toStep: number;
  /** Still going on at the newest sample. */
  readonly open: boolean;
  /** One line: "Gradient norm jumped 41-fold at step 4,210". */
  readonly title: string;
  /** What happened, since when, compared with what: sentences that a tired person understands. */
  readonly explanation: string;
  /** What else could explain the evidence, and what would tell the two apart. */
  readonly otherCauses: readonly string[];
  /** First the number that shows it best. */
  readonly evidence: readonly Evidence[];
  readonly papers: readonly Paper[];
  readonly chain?: readonly ChainLink[];
}

/** A monitor that could not judge a run. Silence must never look like health. */
export interface NotEvaluated {
  readonly monitor: string;
  /** Roles that are missing, or the reason in words ("fewer than 20 rows of train/loss"). */
  readonly missing: readonly string[];
  /** What would make the judgement possible. */
  readonly remedy: string;
}
