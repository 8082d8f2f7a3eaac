import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import { SEVERITIES } from '../../model/finding.js';
import type { Severity } from '../../model/finding.js';
import { roleMatches } from '../../model/role.js';
import type { RolePattern } from '../../model/role.js';
import type { RunDescription, RunStatus } from '../../model/run.js';
import type { Series } from '../../model/series.js';
import type { Signal } from '../../model/signal.js';
import type { RunSession } from './runSession.js';
import { stepsOf } from './stepsOf.js';
import { withFixes } from './report.js';

/** Points of a sparkline. */
const SHAPE_POINTS = 24;
/** Newest points over which the speed is measured. */
const SPEED_POINTS = 50;
/** The loss that a person looks at first. */
const LOSS_ROLES: readonly RolePattern[] = ['train/loss', 'eval/loss', 'eval/*/loss'];

/** A run that was found and not read yet. */
export function unreadSummary(description: RunDescription, status: RunStatus, changedMs: number): RunSummary {
  return {
    id: description.id,
    name: description.name,
    location: description.location,
    status,
    format: '',
    points: 0,
    lastStep: null,
    totalSteps: null,
    stepsPerSecond: null,
    lossRole: null,
    lastLoss: null,
    lossShape: [],
    lastGradientNorm: null,
    worst: null,
    findings: [],
    evaluated: 0,
    notEvaluated: 0,
    problems: 0,
    changed: changedMs / 1000,
  };
}

/** A run as it has been read so far. */
export function summaryOf(session: RunSession, status: RunStatus, changedMs: number): RunSummary {
  const { analysis, description, format } = session;
  const signals = analysis.signals();
  const loss = LOSS_ROLES.map((role) => longest(signals, role)).find((found) => found);
  const findings = analysis.findings().map(findingSummary);
  const { evaluated, notEvaluated } = analysis.coverage();
  return {
    ...unreadSummary(description, status, changedMs),
    format,
    points: analysis.store.points,
    lastStep: stepsOf(analysis.store.series)?.last ?? null,
    totalSteps: analysis.totalSteps ?? null,
    stepsPerSecond: status === 'live' && loss ? speedOf(loss.series) : null,
    lossRole: loss?.role ?? null,
    lastLoss: loss ? lastValue(loss.series) : null,
    lossShape: loss ? shapeOf(loss.series) : [],
    lastGradientNorm: lastValue(longest(signals, 'gradient-norm')?.series),
    worst: worstOf(findings.map(({ severity }) => severity)),
    findings,
    evaluated: evaluated.length,
    notEvaluated: notEvaluated.length,
    problems: session.problems.length,
  };
}

/** The signal of a role with most points; the first of equals. */
function longest(signals: readonly Signal[], pattern: RolePattern): Signal | undefined {
  let found: Signal | undefined;
  for (const signal of signals) {
    if (signal.series.length > (found?.series.length ?? 0) && roleMatches(signal.role, pattern)) {
      found = signal;
    }
  }
  return found;
}

function lastValue(series: Series | undefined): number | null {
  return series && series.length > 0 ? series.valueAt(series.length - 1) : null;
}

function shapeOf(series: Series): number[] {
  const points = Math.min(SHAPE_POINTS, series.length);
  return Array.from({ length: points }, (_, index) =>
    series.valueAt(points === 1 ? 0 : Math.round((index * (series.length - 1)) / (points - 1))),
  );
}

/** Steps a second over the newest points; null where the log carries no times. */
function speedOf(series: Series): number | null {
  const last = series.length - 1;
  const first = Math.max(series.segments.at(-1)?.start ?? 0, last - SPEED_POINTS);
  const seconds = series.wallTimeAt(last) - series.wallTimeAt(first);
  return seconds > 0 ? (series.stepAt(last) - series.stepAt(first)) / seconds : null;
}

function worstOf(severities: readonly Severity[]): Severity | null {
  return SEVERITIES.findLast((severity) => severities.includes(severity)) ?? null;
}

function findingSummary(finding: Parameters<typeof withFixes>[0]): FindingSummary {
  const { id, monitor, symptom, severity, title, explanation, fromStep, toStep, open } = finding;
  const fixes = withFixes(finding).fixes.map((fix) => fix.id);
  return { id, monitor, symptom, severity, title, explanation, fromStep, toStep, open, fixes };
}
