import type { Finding, NotEvaluated } from '../model/finding.js';
import type { FileProblem } from '../model/problem.js';
import type { SkippedKind, StepUnit } from '../model/record.js';
import type { Role } from '../model/role.js';
import type { RunConfiguration, RunStatus } from '../model/run.js';

/** A fix as offered beside a finding. */
export interface OfferedFix {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  /** What a trial in the lab came to; omitted where there was none. */
  readonly trial?: FixTrial;
}

/** What trying a fix on a proxy of the run showed. */
export interface FixTrial {
  readonly verdict: 'helps' | 'no-effect' | 'hurts' | 'unclear';
  /** "helps on a proxy of 0.8 M parameters: −0.40 [−0.55, −0.22] nats of held-out loss, 3 seeds". */
  readonly text: string;
}

export interface ReportedFinding extends Finding {
  readonly fixes: readonly OfferedFix[];
  /** The lab can provoke the symptom on a proxy and try fixes of these. */
  readonly triable?: true;
}

export interface ReportedSignal {
  readonly role: Role;
  readonly tag: string;
  readonly rank?: number;
  readonly points: number;
  readonly nonFinite: number;
  readonly stepUnit: StepUnit;
}

/** Everything that is known of one run, as the command line prints it and the views show it. */
export interface RunReport {
  readonly id: string;
  readonly name: string;
  readonly paths: readonly string[];
  /** Files to which another logger of the run wrote the same rows; they were not read. */
  readonly copies?: readonly string[];
  /** Files that say what the run was started with. */
  readonly settings?: readonly string[];
  readonly format: string;
  readonly points: number;
  readonly steps: { readonly first: number; readonly last: number } | null;
  readonly totalSteps?: number;
  readonly segments: number;
  readonly ranks: number;
  readonly status: RunStatus;
  readonly configuration: RunConfiguration;
  readonly signals: readonly ReportedSignal[];
  /** What to look at first comes first. */
  readonly findings: readonly ReportedFinding[];
  /** Ids of monitors that judged the run. */
  readonly evaluated: readonly string[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly skipped: readonly { readonly kind: SkippedKind; readonly tag: string; readonly count: number }[];
  readonly problems: readonly FileProblem[];
  /** Its files are still being read: what is here is only of their beginning. */
  readonly reading?: true;
}

export interface UnreadablePath {
  readonly path: string;
  readonly message: string;
}

/** The answer of `evenkeel diagnose --format json`. */
export interface DiagnosisReport {
  readonly version: 1;
  readonly runs: readonly RunReport[];
  readonly unreadable: readonly UnreadablePath[];
}

/** Ids of the monitors that judged the run and saw nothing: neither a finding of their own nor a link of a story. */
export function quietMonitors({ evaluated, findings }: Pick<RunReport, 'evaluated' | 'findings'>): readonly string[] {
  const spoke = new Set(
    findings.flatMap(({ monitor, chain }) => [monitor, ...(chain ?? []).map((link) => link.monitor)]),
  );
  return evaluated.filter((monitor) => !spoke.has(monitor));
}
