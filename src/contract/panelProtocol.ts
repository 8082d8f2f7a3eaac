import type { Envelope, HorizontalAxis } from '../model/envelope.js';
import type { PanelReport } from './panelReport.js';

/**
 * Host ↔ webview of the run page. The host sends whole snapshots (a hidden webview loses messages); the webview asks
 * for drawable curves by request, each answered with a result or a failure.
 */
export type ToPanel =
  | { readonly type: 'report'; readonly report: PanelReport; readonly live: boolean; readonly trusted: boolean }
  | { readonly type: 'report-failed'; readonly message: string }
  | { readonly type: 'envelope'; readonly request: number; readonly envelope: Envelope }
  | { readonly type: 'failure'; readonly request: number; readonly message: string }
  /** Show this finding (the page was opened from it). */
  | { readonly type: 'reveal'; readonly finding: string };

export type FromPanel =
  | { readonly type: 'ready' }
  | {
      readonly type: 'envelope';
      readonly request: number;
      readonly tag: string;
      readonly rank?: number;
      readonly axis: HorizontalAxis;
      readonly from?: number;
      readonly to?: number;
      readonly buckets: number;
    }
  | { readonly type: 'apply-fix'; readonly fix: string; readonly finding: string }
  | { readonly type: 'copy-finding'; readonly finding: string }
  | { readonly type: 'open-log' }
  | { readonly type: 'show-docs'; readonly monitor: string };

/** What the page keeps across a reload: navigation and layout, no data. */
export interface PanelState {
  readonly run: string;
  readonly selectedFinding?: string;
  readonly axis: HorizontalAxis;
  /** Ids of charts that the user switched to a logarithmic vertical axis. */
  readonly logarithmicY: readonly string[];
  /** Ids of charts that the user switched to a linear one, where the page would choose otherwise. */
  readonly linearY?: readonly string[];
  /** Signals that the user added a chart for. */
  readonly addedSignals?: readonly string[];
}
