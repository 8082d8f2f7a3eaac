import type { FixDescription, FixOutcome } from '../model/fix.js';
import type { Severity } from '../model/finding.js';
import type { SettingsBlock } from '../model/settingsBlock.js';
import type { SourceLanguage } from '../model/sourceLanguage.js';
import type { TrainingLoop } from '../model/loop.js';
import type { ModelBlock } from '../model/modelBlock.js';
import type { Role } from '../model/role.js';
import type { RunStatus } from '../model/run.js';
import type { RunCheckpoint } from '../model/runCheckpoint.js';
import type { Envelope, HorizontalAxis } from '../model/envelope.js';
import type { ExperimentOutcome, ExperimentProgress } from './labExperiment.js';
import type { LabConfiguration, LabTrial, TrialSubject } from './labProtocol.js';
import type { PatternPreview } from './patternPreview.js';
import type { RunReport } from './report.js';
import type { Both, RunComparison } from './runComparison.js';
import type { DocumentRequest } from './runDocument.js';

/** What a row of the Runs tree needs; kept small because there may be thousands. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly status: RunStatus;
  readonly format: string;
  readonly points: number;
  readonly lastStep: number | null;
  readonly totalSteps: number | null;
  readonly stepsPerSecond: number | null;
  readonly lossRole: Role | null;
  /** Newest training loss (evaluation loss where there is none); NaN is data. */
  readonly lastLoss: number | null;
  /** Up to 24 values of the loss, evenly over the run, for a sparkline. */
  readonly lossShape: readonly number[];
  readonly lastGradientNorm: number | null;
  readonly worst: Severity | null;
  readonly findings: readonly FindingSummary[];
  readonly evaluated: number;
  readonly notEvaluated: number;
  readonly problems: number;
  /** Seconds since the epoch of the newest change on disk. */
  readonly changed: number;
}

export interface FindingSummary {
  readonly id: string;
  readonly monitor: string;
  readonly symptom: string;
  readonly severity: Severity;
  readonly title: string;
  readonly explanation: string;
  readonly fromStep: number;
  readonly toStep: number;
  readonly open: boolean;
  /** Those that helped in the lab in front. */
  readonly fixes: readonly string[];
  /** Those that helped in the lab; omitted where none did. */
  readonly helped?: readonly string[];
}

export interface EngineConfiguration {
  readonly folders: readonly string[];
  /** Tag name or glob → role; overrides the table. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Glob → pattern of its lines: how files are read that nothing else can (`*`), or whatever they look like. */
  readonly patterns?: Readonly<Record<string, string>>;
  /** Globs of paths that discovery leaves out. */
  readonly exclude: readonly string[];
  readonly pollIntervalMs: number;
  /** Omitted: nothing is tried. */
  readonly lab?: LabConfiguration;
}

export interface SourceText {
  readonly path: string;
  readonly language: SourceLanguage;
  readonly text: string;
}

/** Requests to the engine and what each is answered with. Every one can fail or be cancelled. */
export interface EngineRequests {
  configure: { params: EngineConfiguration; result: null };
  rescan: { params: null; result: readonly RunSummary[] };
  runs: { params: null; result: readonly RunSummary[] };
  /** Opens log files or folders outside the discovered ones; gives the ids of the runs found there. */
  open: { params: { paths: readonly string[] }; result: readonly RunSummary[] };
  report: { params: { run: string }; result: RunReport };
  envelope: {
    params: {
      run: string;
      tag: string;
      rank?: number;
      axis: HorizontalAxis;
      from?: number;
      to?: number;
      buckets: number;
    };
    result: Envelope;
  };
  /** What the run has left on the disk, in the order of steps. */
  checkpoints: { params: { run: string }; result: readonly RunCheckpoint[] };
  /** A run as a document to keep or to hand on. */
  document: { params: DocumentRequest; result: string };
  /** What distinguishes two runs. */
  compare: { params: { runs: Both<string> }; result: RunComparison };
  /** Tries a pattern on lines of a log. */
  previewPattern: { params: { pattern: string; lines: readonly string[] }; result: PatternPreview };
  loops: { params: SourceText; result: readonly TrainingLoop[] };
  /** Parts of the model's own code that fixes of the model work on. */
  blocks: { params: SourceText; result: readonly ModelBlock[] };
  /** The parts of a configuration that set up training runs. */
  settings: { params: SourceText; result: readonly SettingsBlock[] };
  fixes: { params: null; result: readonly FixDescription[] };
  fix: {
    params: SourceText & {
      fix: string;
      settings: Readonly<Record<string, number | string>>;
      /** A line of the loop that is meant; every loop of the file when it is omitted. */
      line?: number;
    };
    result: FixOutcome;
  };
  /** Tries the fixes of a finding on a proxy; answered when there are verdicts, and told of by events meanwhile. */
  tryFix: {
    params: TrialSubject & {
      /** Only these fixes of the finding. */
      fixes?: readonly string[];
      /** The source that the run was trained by, where it is known. */
      source?: SourceText & { readonly line?: number };
    };
    result: LabTrial;
  };
  /** What is known of the newest trial of a finding; null where there was none. */
  trial: { params: TrialSubject; result: LabTrial | null };
  /** Sweeps learning rates on a proxy; told of by events meanwhile. Runs that ended before it is cancelled are kept. */
  sweep: { params: null; result: ExperimentOutcome };
  /** A question of an agent; see `src/engine/tools`. What comes back is plain data. */
  tool: {
    params: {
      name: string;
      input: unknown;
      /** Open files with what is not saved yet, by their paths: what the user sees counts. */
      openTexts?: Readonly<Record<string, string>>;
    };
    result: object;
  };
}

export type EngineMethod = keyof EngineRequests;

/** Methods that take as long as they need: what they do has bounds of its own, and can be cancelled. */
export const UNHURRIED_METHODS: readonly EngineMethod[] = ['tryFix', 'sweep', 'tool'];

/** What the engine says unasked. */
export type EngineEvent =
  | { readonly type: 'runs-changed'; readonly changed: readonly RunSummary[]; readonly removed: readonly string[] }
  | { readonly type: 'trial'; readonly trial: LabTrial }
  | { readonly type: 'sweep'; readonly progress: ExperimentProgress }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warning' | 'error'; readonly message: string };

/** Host → worker. */
export type EngineCall =
  | { readonly type: 'request'; readonly id: number; readonly method: EngineMethod; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number };

/** Worker → host. */
export type EngineMessage =
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string; readonly cancelled: boolean }
  | { readonly type: 'event'; readonly event: EngineEvent };
