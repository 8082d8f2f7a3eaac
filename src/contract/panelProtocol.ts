import type { Envelope, HorizontalAxis } from '../model/envelope.js';
import type { RunConfiguration } from '../model/run.js';
import type { RunCheckpoint } from '../model/runCheckpoint.js';
import type { PanelComparison } from './panelComparison.js';
import type { PanelReport } from './panelReport.js';
import type { ReportedSignal } from './report.js';

/** A run whose curves can be laid over those of the page's. */
export interface ComparableRun {
  readonly id: string;
  /** Told apart from all others of the list. */
  readonly name: string;
}

/**
 * Host ↔ webview of the run page. The host sends whole snapshots (a hidden webview loses messages); the webview asks
 * for drawable curves by request, each answered with a result or a failure.
 */
export type ToPanel =
  | { readonly type: 'report'; readonly report: PanelReport; readonly live: boolean; readonly trusted: boolean }
  | { readonly type: 'report-failed'; readonly message: string }
  | { readonly type: 'envelope'; readonly request: number; readonly envelope: Envelope }
  /** The other runs, the newest first. */
  | { readonly type: 'runs'; readonly runs: readonly ComparableRun[] }
  | {
      readonly type: 'compared';
      readonly run: string;
      readonly signals: readonly ReportedSignal[];
      readonly lastStep: number | null;
      readonly configuration: RunConfiguration;
    }
  /** What distinguishes the page's run from one that was `compared`. */
  | { readonly type: 'comparison'; readonly run: string; readonly comparison: PanelComparison }
  | { readonly type: 'compare-failed'; readonly run: string; readonly message: string }
  /** All that the run has left on the disk, in the order of steps; again whenever there is another one. */
  | { readonly type: 'checkpoints'; readonly checkpoints: readonly RunCheckpoint[] }
  | { readonly type: 'failure'; readonly request: number; readonly message: string }
  /** Show this finding (the page was opened from it). */
  | { readonly type: 'reveal'; readonly finding: string }
  /** Lay the curves of this run over the page's own. */
  | { readonly type: 'compare-with'; readonly run: ComparableRun };

export type ChartFormat = 'png' | 'csv';

export type FromPanel =
  | { readonly type: 'ready' }
  | {
      readonly type: 'envelope';
      readonly request: number;
      /** Another run than the page's. */
      readonly run?: string;
      readonly tag: string;
      readonly rank?: number;
      readonly axis: HorizontalAxis;
      readonly from?: number;
      readonly to?: number;
      readonly buckets: number;
    }
  | { readonly type: 'apply-fix'; readonly fix: string; readonly finding: string }
  /** Try the fixes of a finding in the lab. */
  | { readonly type: 'try-fixes'; readonly finding: string }
  | { readonly type: 'copy-finding'; readonly finding: string }
  /** The runs to compare with from now on; each is answered with `compared` or `compare-failed`, and again as it grows. */
  | { readonly type: 'compare'; readonly runs: readonly string[] }
  /** A chart to be written into a file that the user chooses; `name` is what it might be called. */
  | { readonly type: 'save-chart'; readonly name: string; readonly format: ChartFormat; readonly content: Uint8Array }
  /** Of the checkpoints that the host has told of, by their paths. */
  | { readonly type: 'open-checkpoint'; readonly path: string }
  | { readonly type: 'compare-checkpoints'; readonly first: string; readonly second: string }
  | { readonly type: 'open-log' }
  /** The user is asked in which form and where to. */
  | { readonly type: 'export-run' }
  | { readonly type: 'show-docs'; readonly monitor: string };

/** What the page keeps across a reload: navigation and layout, no data. */
export interface PanelState {
  readonly run: string;
  readonly selectedFinding?: string;
  readonly axis: HorizontalAxis;
  /** What the axis of steps is labelled with, where it is not the steps. */
  readonly stepScale?: 'epoch' | 'tokens';
  /** Whether the horizontal axis shall be logarithmic. */
  readonly logarithmicX?: boolean;
  /** Weight of the smoothing, from 0 (none) up to but not including 1. */
  readonly smoothing?: number;
  /** Ids of charts that the user switched to a logarithmic vertical axis. */
  readonly logarithmicY: readonly string[];
  /** Ids of charts that the user switched to a linear one, where the page would choose otherwise. */
  readonly linearY?: readonly string[];
  /** Signals that the user added a chart for. */
  readonly addedSignals?: readonly string[];
  /** Runs that the charts are compared with. */
  readonly comparedRuns?: readonly ComparableRun[];
}
