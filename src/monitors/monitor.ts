import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import type { RolePattern } from '../model/role.js';
import type { RunConfiguration } from '../model/run.js';
import type { Signal } from '../model/signal.js';
import type { Symptom } from '../model/symptom.js';
import type { DerivedQuantities } from '../signals/derivedQuantities.js';

/** A named number that a rule rests on, shown in the docs. */
export interface MonitorConstant {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
  /** Paper, code or measurement behind the number. */
  readonly source: string;
}

/**
 * A symptom's rule: one file in this folder, listed in `monitors.ts`. It knows nothing of fixes, files or views.
 */
export interface Monitor {
  readonly id: string;
  readonly title: string;
  readonly symptoms: readonly Symptom[];
  /** Each entry is a set of alternatives, one of which must be logged for the monitor to judge. */
  readonly needs: readonly (readonly RolePattern[])[];
  /** Roles that make the judgement better when they are there. */
  readonly uses: readonly RolePattern[];
  readonly constants: readonly MonitorConstant[];
  /** When it stays silent although it could look like the symptom, one sentence each. */
  readonly silences: readonly string[];
  readonly papers: readonly Paper[];
  /** What the user can do to have it evaluated, when what it needs is missing. */
  readonly remedy: string;
  /** The same for this very run, where the run says more of why it is missing; undefined where it does not. */
  remedyFor?(run: ObservedRun): string | undefined;
  start(run: ObservedRun): MonitorSession;
}

/** What a monitor may know of the run it watches, as of the newest sample. */
export interface ObservedRun {
  readonly configuration: RunConfiguration;
  /** All signals so far, in the order in which their tags appeared. */
  readonly signals: readonly Signal[];
  /** What several monitors want to know of the same signals. Already holds the sample that is being consumed. */
  readonly derived: DerivedQuantities;
  /** Steps the run is going to take, where known. */
  readonly totalSteps: number | undefined;
}

/** One point of a signal that the monitor needs or uses. */
export interface Sample {
  readonly signal: Signal;
  /** Index of the point in `signal.series`. */
  readonly index: number;
  readonly step: number;
  readonly value: number;
  readonly wallTime: number;
  /** Number of the segment that the point belongs to, from 0. */
  readonly segment: number;
}

/**
 * A monitor at work on one run. Samples come in the order of the log, each once; work per sample is O(1) amortised
 * and memory is bounded. Findings are a pure function of the samples so far.
 */
export interface MonitorSession {
  consume(sample: Sample): void;
  /** All findings so far, oldest first, closed ones included. */
  findings(): readonly Finding[];
  /** Why the run could not be judged although its roles are there; undefined when it was judged. */
  notEvaluated(): NotEvaluated | undefined;
}
