import type { ReportedFinding } from '../../src/contract/report.js';
import type { Evidence } from '../../src/model/finding.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { StepScaleUnit } from '../charts/stepScale.js';

/** What the page's parts can set off. */
export interface PageActions {
  toggleFinding(finding: string): void;
  showEvidence(evidence: Evidence, finding: ReportedFinding): void;
  applyFix(fix: string, finding: string): void;
  /** Tries the fixes of a finding in the lab. */
  tryFixes(finding: string): void;
  copyFinding(finding: string): void;
  showDocs(monitor: string): void;
  openLog(): void;
  /** Asks for a form and a place, and writes the run there. */
  exportRun(): void;
  openCheckpoint(path: string): void;
  compareCheckpoints(first: string, second: string): void;
  /** Asks for the run once more. */
  tryAgain(): void;
  setAxis(axis: HorizontalAxis | StepScaleUnit): void;
  toggleLogarithmicX(): void;
  /** @param weight 0: none. */
  setSmoothing(weight: number): void;
  /** Shows the settings of the run that hold these words. */
  searchSettings(words: string): void;
  addSignal(key: string): void;
  compareWith(run: string): void;
  stopComparing(run: string): void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  readonly resetZoom: () => void;
  /** Moves the view to the newest step. */
  readonly follow: () => void;
}
