import { existsSync } from 'node:fs';
import path from 'node:path';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import type { Finding, Severity } from '../../../src/model/finding.js';
import type { JsonValue } from '../../../src/model/json.js';
import type { Symptom } from '../../../src/model/symptom.js';
import type { Monitor } from '../../../src/monitors/monitor.js';
import type { Columns } from './observe.js';

/** A made-up run for one monitor. */
export interface CaseRun {
  /** Columns of the log, or those of a log for each rank. */
  readonly columns: Columns | readonly Columns[];
  /** Steps between rows; 1 unless told. */
  readonly stride?: number;
  /** The step of each row, in place of `stride`; going back makes a restart. */
  readonly steps?: readonly number[];
  readonly configuration?: Readonly<Record<string, JsonValue>>;
  readonly totalSteps?: number;
  /** Seconds since the epoch at which a row was written. */
  readonly wallTime?: (row: number) => number;
}

/** What a finding must be; a pair is a range, ends included. */
export interface ExpectedFinding {
  readonly symptom: Symptom;
  readonly severity: Severity;
  readonly fromStep?: number | readonly [number, number];
  readonly toStep?: number | readonly [number, number];
  readonly confidence?: number;
  readonly open?: boolean;
  readonly title?: RegExp;
  readonly explanation?: RegExp;
}

/** A run with all that the monitor finds in it, in order. */
export interface FindingCase extends CaseRun {
  readonly finds: readonly ExpectedFinding[];
}

/** A run that looks similar and is judged. Without `finds` nothing may be found, not even a note. */
export interface LookAlikeCase extends CaseRun {
  readonly finds?: readonly ExpectedFinding[];
}

export interface NotEvaluatedCase extends CaseRun {
  /** What one of the missing things is called. */
  readonly missing: RegExp;
}

/** What one monitor must and must not see: `cases/README.md` says how to write it. */
export interface MonitorCases {
  readonly triggers: Readonly<Record<string, FindingCase>>;
  readonly lookAlikes: Readonly<Record<string, LookAlikeCase>>;
  readonly notEvaluated: Readonly<Record<string, NotEvaluatedCase>>;
}

/** A case ready to run: what is wrong with what the monitor says, or undefined. */
export interface ReadyCase {
  readonly name: string;
  readonly failure: (monitor: Monitor) => string | undefined;
}

const folder = path.join(import.meta.dirname, 'cases');

/** `loss-spike` → `lossSpike`, the name of the monitor's file and of that of its cases. */
export function fileNameOf(id: string): string {
  return id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Undefined where the monitor has no file of cases. */
export async function casesOf(id: string): Promise<MonitorCases | undefined> {
  const file = path.join(folder, `${fileNameOf(id)}.ts`);
  return existsSync(file) ? ((await import(file)) as { cases: MonitorCases }).cases : undefined;
}

export function readyCases({ triggers, lookAlikes, notEvaluated }: MonitorCases): readonly ReadyCase[] {
  const judged = (kind: string, cases: Readonly<Record<string, LookAlikeCase>>): ReadyCase[] =>
    Object.entries(cases).map(([name, made]) => ({
      name: `${kind}: ${name}`,
      failure: (monitor) => judgedFailure(monitor, made),
    }));
  return [
    ...judged('finds', triggers),
    ...judged('look-alike', lookAlikes),
    ...Object.entries(notEvaluated).map(([name, made]) => ({
      name: `not evaluated: ${name}`,
      failure: (monitor: Monitor) => notEvaluatedFailure(monitor, made),
    })),
  ];
}

function judgedFailure(monitor: Monitor, made: LookAlikeCase): string | undefined {
  const analysis = analyse(monitor, made);
  const [missing] = analysis.notEvaluated();
  if (missing !== undefined) {
    return `was not evaluated: ${missing.missing.join('; ')}`;
  }
  const found = analysis.findings();
  const expected = made.finds ?? [];
  const fits =
    found.length === expected.length && expected.every((wanted) => found.some((finding) => matches(finding, wanted)));
  return fits ? undefined : `found ${found.map(describe).join('; ') || 'nothing'}`;
}

function notEvaluatedFailure(monitor: Monitor, made: NotEvaluatedCase): string | undefined {
  const analysis = analyse(monitor, made);
  const [answer] = analysis.notEvaluated();
  if (answer === undefined) {
    return 'was evaluated';
  }
  const found = analysis.findings();
  if (found.length > 0) {
    return `found ${found.map(describe).join('; ')}`;
  }
  return answer.missing.some((missing) => made.missing.test(missing))
    ? undefined
    : `was missing ${answer.missing.join('; ')}`;
}

/** What the monitor finds in its cases that trigger it, case by case. */
export function triggeredFindings(monitor: Monitor, { triggers }: MonitorCases): readonly (readonly Finding[])[] {
  return Object.values(triggers).map((made) => analyse(monitor, made).findings());
}

/** The run as the monitor alone sees it. */
function analyse(
  monitor: Monitor,
  { columns, stride = 1, steps, configuration = {}, totalSteps, wallTime = () => Number.NaN }: CaseRun,
): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {}, monitors: [monitor] });
  const logs = Array.isArray(columns) ? (columns as readonly Columns[]) : [columns as Columns];
  const sinks = logs.map((log, rank) => ({
    log,
    sink: analysis.fileSink({ path: `log ${rank}`, rank: logs.length > 1 ? rank : undefined }),
  }));
  sinks[0]?.sink.configuration(configuration);
  if (totalSteps !== undefined) {
    sinks[0]?.sink.totalSteps(totalSteps);
  }
  const count = Math.max(...logs.flatMap((log) => Object.values(log).map(({ length }) => length)));
  for (let row = 0; row < count; row++) {
    for (const { log, sink } of sinks) {
      for (const [tag, values] of Object.entries(log)) {
        const value = values[row];
        if (value !== undefined) {
          sink.scalar(sink.tag(tag), steps?.[row] ?? row * stride, value, wallTime(row));
        }
      }
    }
  }
  return analysis;
}

function matches(finding: Finding, wanted: ExpectedFinding): boolean {
  return (
    finding.symptom === wanted.symptom &&
    finding.severity === wanted.severity &&
    isWithin(finding.fromStep, wanted.fromStep) &&
    isWithin(finding.toStep, wanted.toStep) &&
    isWithin(finding.confidence, wanted.confidence) &&
    finding.open === (wanted.open ?? finding.open) &&
    (wanted.title?.test(finding.title) ?? true) &&
    (wanted.explanation?.test(finding.explanation) ?? true)
  );
}

function isWithin(value: number, wanted: number | readonly [number, number] | undefined): boolean {
  if (wanted === undefined) {
    return true;
  }
  const [low, high] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
  return value >= low && value <= high;
}

function describe({ symptom, severity, confidence, fromStep, toStep, open, title }: Finding): string {
  return `${symptom} (${severity}, ${confidence}) from ${fromStep} to ${toStep}${open ? ', open' : ''}: "${title}"`;
}
