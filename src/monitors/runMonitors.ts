import { roleMatches } from '../model/role.js';
import type { Role } from '../model/role.js';
import type { Finding, NotEvaluated } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import { joinFindings } from './joinFindings.js';
import type { Monitor, MonitorSession, ObservedRun, Sample } from './monitor.js';
import { MONITORS } from './monitors.js';

interface Watch {
  readonly monitor: Monitor;
  readonly session: MonitorSession;
}

/** All monitors at work on one run: hands each sample to those that ask for its role and gathers what they see. */
export class RunMonitors {
  private readonly run: ObservedRun;
  private readonly watches: readonly Watch[];
  /** By the ordinal of the signal, with the role for which they were found. */
  private readonly listeners: { readonly role: Role; readonly sessions: readonly MonitorSession[] }[] = [];

  constructor(run: ObservedRun, monitors: readonly Monitor[] = MONITORS) {
    this.run = run;
    this.watches = monitors.map((monitor) => ({ monitor, session: monitor.start(run) }));
  }

  consume(sample: Sample): void {
    this.run.derived.push(sample);
    const sessions = this.listenersOf(sample.signal);
    for (let at = 0; at < sessions.length; at++) {
      sessions[at]!.consume(sample);
    }
  }

  /** Joined where they tell one story, first what to look at first. */
  findings(): readonly Finding[] {
    return joinFindings(
      this.judging().flatMap(({ session }) => session.findings()),
      this.run,
    );
  }

  /** Ids of the monitors that could judge the run. */
  evaluated(): readonly string[] {
    return this.judging()
      .filter(({ session }) => session.notEvaluated() === undefined)
      .map(({ monitor }) => monitor.id);
  }

  notEvaluated(): readonly NotEvaluated[] {
    return this.watches.flatMap(({ monitor, session }) => {
      const missing = missingRoles(monitor, this.run.signals);
      if (missing.length > 0) {
        const remedy = monitor.remedyFor?.(this.run) ?? monitor.remedy;
        return [{ monitor: monitor.id, missing, remedy }];
      }
      return session.notEvaluated() ?? [];
    });
  }

  private judging(): readonly Watch[] {
    return this.watches.filter(({ monitor }) => missingRoles(monitor, this.run.signals).length === 0);
  }

  private listenersOf({ ordinal, role }: Signal): readonly MonitorSession[] {
    const known = this.listeners[ordinal];
    if (known?.role === role) {
      return known.sessions;
    }
    const sessions = this.watches.filter(({ monitor }) => wants(monitor, role)).map(({ session }) => session);
    this.listeners[ordinal] = { role, sessions };
    return sessions;
  }
}

function wants(monitor: Monitor, role: Role): boolean {
  return (
    monitor.needs.flat().some((needed) => roleMatches(role, needed)) ||
    monitor.uses.some((used) => roleMatches(role, used))
  );
}

/** One entry for each need that no signal meets: its alternatives, joined by "or". */
function missingRoles(monitor: Monitor, signals: readonly Signal[]): readonly string[] {
  return monitor.needs
    .filter((alternatives) => !signals.some(({ role }) => alternatives.some((wanted) => roleMatches(role, wanted))))
    .map((alternatives) => alternatives.join(' or '));
}
