import type { RunSummary } from '../../contract/engineProtocol.js';
import { SEVERITIES, type Severity } from '../../model/finding.js';

export function severityRank(severity: Severity | null): number {
  return severity === null ? -1 : SEVERITIES.indexOf(severity);
}

/** Live runs first, then those that changed last; equal ones by what is wrong, then by name, so that rows stay put. */
export function byRecency(a: RunSummary, b: RunSummary): number {
  return (
    Number(b.status === 'live') - Number(a.status === 'live') ||
    b.changed - a.changed ||
    severityRank(b.worst) - severityRank(a.worst) ||
    compareNames(a, b)
  );
}

/** What is most wrong first; among equals as {@link byRecency}. */
export function byUrgency(a: RunSummary, b: RunSummary): number {
  return severityRank(b.worst) - severityRank(a.worst) || byRecency(a, b);
}

function compareNames(a: RunSummary, b: RunSummary): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1;
}

/** How long a run that went wrong and ended stays in the status bar. */
const TROUBLE_SHOWN_SECONDS = 3600;

/**
 * The run of the status bar: the most urgent live one, else one that went wrong within the last hour.
 * @param now seconds since the epoch
 */
export function runForStatusBar(runs: readonly RunSummary[], now: number): RunSummary | undefined {
  const live = runs.filter((run) => run.status === 'live');
  const trouble = runs.filter((run) => run.worst === 'error' && now - run.changed < TROUBLE_SHOWN_SECONDS);
  return [...(live.length > 0 ? live : trouble)].sort(byUrgency)[0];
}
