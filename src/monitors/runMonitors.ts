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

/** Which monitors judged a run. */
export interface Coverage {
  /** Ids of those that could. */
  readonly evaluated: readonly string[];
  readonly notEvaluated: readonly NotEvaluated[];
}

/** All monitors at work on one run: hands each sample to those that ask for its role and gathers what they see. */
export class RunMonitors {
  private readonly run: ObservedRun;
  private readonly watches: readonly Watch[];
  /** By the ordinal of the signal, with the role for which they were found. */
  private readonly listeners: { readonly role: Role; readonly sessions: readonly MonitorSession[] }[] = [];
  /** Roles that nobody logs, by watch, as they were for the signals with these roles. */
  private missing: { readonly roles: readonly Role[]; readonly ofWatch: readonly (readonly string[])[] } = {
    roles: [],
    ofWatch: [],
  };

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

  /** Which monitors could judge the run, and why the others could not. */
  coverage(): Coverage {
    const missing = this.missingRoles();
    const evaluated: string[] = [];
    const notEvaluated: NotEvaluated[] = [];
    this.watches.forEach(({ monitor, session }, at) => {
      const reason = missing[at]!.length > 0 ? this.lacking(monitor, missing[at]!) : session.notEvaluated();
      if (reason === undefined) {
        evaluated.push(monitor.id);
      } else {
        notEvaluated.push(reason);
      }
    });
    return { evaluated, notEvaluated };
  }

  private lacking(monitor: Monitor, missing: readonly string[]): NotEvaluated {
    return { monitor: monitor.id, missing, remedy: monitor.remedyFor?.(this.run) ?? monitor.remedy };
  }

  private judging(): readonly Watch[] {
    const missing = this.missingRoles();
    return this.watches.filter((_, at) => missing[at]!.length === 0);
  }

  /** Worked out anew when a tag has appeared or has another role, not for every row that is judged. */
  private missingRoles(): readonly (readonly string[])[] {
    const { signals } = this.run;
    const { roles, ofWatch } = this.missing;
    const isKnown =
      ofWatch.length > 0 && roles.length === signals.length && signals.every(({ role }, at) => role === roles[at]);
    if (!isKnown) {
      this.missing = {
        roles: signals.map(({ role }) => role),
        ofWatch: this.watches.map(({ monitor }) => missingRoles(monitor, signals)),
      };
    }
    return this.missing.ofWatch;
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
