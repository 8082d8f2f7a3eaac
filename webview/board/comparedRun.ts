import type { ComparableRun } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { RunComparison } from '../../src/contract/runComparison.js';
import type { RunConfiguration } from '../../src/model/run.js';

/** Another run over the page's own; without signals until the host has told them. */
export interface ComparedRun extends ComparableRun {
  readonly signals?: readonly ReportedSignal[];
  readonly lastStep?: number | null;
  readonly configuration?: RunConfiguration;
  /** What distinguishes it from the page's run; comes later. */
  readonly comparison?: RunComparison;
  /** Why it can't be compared with. */
  readonly problem?: string;
}
