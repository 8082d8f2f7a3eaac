import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import { severityRank } from './runOrder.js';

export type AlertLevel = 'errors' | 'warnings' | 'none';

export interface Alert {
  /** One a run and cause; the caller remembers which it has shown. */
  readonly key: string;
  readonly run: RunSummary;
  readonly finding: FindingSummary;
}

/**
 * What is worth interrupting for: the worst unsaid finding of each live run, at most one a run at a time.
 * A cause that comes back later in the same run is not said again.
 */
export function alertsFor(runs: readonly RunSummary[], said: ReadonlySet<string>, level: AlertLevel): readonly Alert[] {
  if (level === 'none') {
    return [];
  }
  const threshold = severityRank(level === 'errors' ? 'error' : 'warning');
  return runs.flatMap((run) => {
    const [worst] = run.findings
      .filter((finding) => run.status === 'live' && severityRank(finding.severity) >= threshold)
      .filter((finding) => !said.has(keyOf(run, finding)))
      .sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
    return worst ? [{ key: keyOf(run, worst), run, finding: worst }] : [];
  });
}

function keyOf(run: RunSummary, finding: FindingSummary): string {
  return `${run.id}/${finding.monitor}`;
}

/** How many live runs carry a warning or an error: the number on the activity bar's icon. */
export function liveTrouble(runs: readonly RunSummary[]): number {
  return runs.filter((run) => run.status === 'live' && severityRank(run.worst) >= severityRank('warning')).length;
}
