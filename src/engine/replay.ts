import type { RunReport } from '../contract/report.js';
import type { Role } from '../model/role.js';
import type { RunStatus } from '../model/run.js';
import { Discovery } from './discovery/discovery.js';
import type { Discovered, DiscoveredRun } from './discovery/discovery.js';
import { excludedBy } from './pathGlobs.js';
import type { Recogniser } from './recognition/userPatterns.js';
import { reportOf } from './runs/report.js';
import { RunSession } from './runs/runSession.js';
import { LIVE_MS, sessionStatus } from './runs/runStatus.js';

/** How often a run is begun anew when its files are replaced while they are read. */
const ATTEMPTS = 3;

export interface ReplayOptions {
  readonly roles: Readonly<Record<string, Role>>;
  /** Undefined: as formats are told without patterns of the user's own. */
  readonly recognise?: Recogniser;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The runs under some paths as they are now. */
export function discoverOnce(
  paths: readonly string[],
  exclude: readonly string[],
  options: ReplayOptions,
): Promise<Discovered> {
  const { now, signal, recognise } = options;
  return new Discovery().discover(paths, {
    isExcluded: excludedBy(exclude),
    now,
    signal,
    ...(recognise ? { recognise } : {}),
  });
}

/** A run read once from beginning to end. */
export interface ReplayedRun {
  readonly session: RunSession;
  readonly status: RunStatus;
  readonly report: RunReport;
}

/** Reads a run as its files are now, as if it were over. Rejects when aborted. */
export async function replayRun(
  { description, modified }: DiscoveredRun,
  options: ReplayOptions,
): Promise<ReplayedRun> {
  let session = new RunSession(description, options);
  for (let attempt = 1; (await session.read(options.signal)) === 'replaced' && attempt < ATTEMPTS; attempt++) {
    session.close();
    session = new RunSession(description, options);
  }
  session.end(options.now() - modified <= LIVE_MS);
  session.close();
  const status = sessionStatus(session, modified, options.now(), LIVE_MS);
  return { session, status, report: reportOf(session, status) };
}
