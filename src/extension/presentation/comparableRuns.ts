import type { RunSummary } from '../../contract/engineProtocol.js';
import type { ComparableRun } from '../../contract/panelProtocol.js';

/** A list that is searched by name needs no more. */
const MOST_OFFERED = 500;

type Candidate = Pick<RunSummary, 'id' | 'name' | 'location' | 'changed' | 'points'>;

/** The runs that another can be compared with, the newest first; those of one name carry their places too. */
export function comparableRuns(runs: readonly Candidate[], own: string): ComparableRun[] {
  const offered = runs
    .filter(({ id, points }) => id !== own && points > 0)
    .sort((one, other) => other.changed - one.changed)
    .slice(0, MOST_OFFERED);
  const names = new Map<string, number>();
  for (const { name } of offered) {
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  return offered.map(({ id, name, location }) => ({
    id,
    name: names.get(name) === 1 ? name : `${name} (${location})`,
  }));
}
