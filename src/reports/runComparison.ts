import { counterpart } from '../contract/counterpart.js';
import type { ReportedFinding, ReportedSignal, RunReport } from '../contract/report.js';
import type { Both, ComparedCurve, ComparedFinding, RunComparison } from '../contract/runComparison.js';
import { differingSettings } from '../contract/settingsOrder.js';
import { SEVERITIES } from '../model/finding.js';
import { roleMatches, ROLES } from '../model/role.js';
import type { Role } from '../model/role.js';
import type { Series } from '../model/series.js';
import { courseOf, partingOf } from './parting.js';

/** More curves are not read by anybody; those whose role is known come first. */
const MOST_CURVES = 60;
/** Tags that only one of the runs has, of which so many are named. */
const MOST_NAMED = 50;

/** A run with its series. */
export interface ComparedSide {
  readonly report: RunReport;
  readonly seriesOf: (signal: ReportedSignal) => Series | undefined;
}

/** What distinguishes two runs: settings, where their curves part, findings. */
export function compareRuns(sides: Both<ComparedSide>): RunComparison {
  const [one, other] = sides.map(({ report }) => report) as unknown as Both<RunReport>;
  const configurations: Both<RunReport['configuration']> = [one.configuration, other.configuration];
  return {
    runs: [named(one), named(other)],
    configuration: differingSettings(configurations),
    withoutSettings: [isEmpty(one.configuration), isEmpty(other.configuration)],
    curves: comparedCurves(sides),
    onlyIn: [without(one.signals, other.signals), without(other.signals, one.signals)],
    findings: comparedFindings(one.findings, other.findings),
  };
}

function named({ id, name }: RunReport): { id: string; name: string } {
  return { id, name };
}

function isEmpty(configuration: RunReport['configuration']): boolean {
  return Object.keys(configuration).length === 0;
}

function comparedCurves([one, other]: Both<ComparedSide>): readonly ComparedCurve[] {
  return [...one.report.signals]
    .sort((a, b) => rankOf(a.role) - rankOf(b.role))
    .flatMap((signal) => {
      const match = counterpart(signal, other.report.signals);
      return match && signal.points > 0 ? [{ signal, match }] : [];
    })
    .slice(0, MOST_CURVES)
    .flatMap(({ signal, match }) => {
      const series: Both<Series | undefined> = [one.seriesOf(signal), other.seriesOf(match)];
      return series[0] && series[1] ? [comparedCurve(signal, match, [series[0], series[1]])] : [];
    });
}

function comparedCurve(signal: ReportedSignal, match: ReportedSignal, [one, other]: Both<Series>): ComparedCurve {
  const { steps, values, firstDifference, parting } = partingOf(courseOf(one), courseOf(other));
  const last = steps.length - 1;
  return {
    role: signal.role,
    tags: [signal.tag, match.tag],
    ...(signal.rank === undefined ? {} : { rank: signal.rank }),
    sharedSteps: steps.length,
    firstDifference,
    parting,
    end: last < 0 ? null : { step: steps[last]!, values: [values[0][last]!, values[1][last]!] },
  };
}

/** The place of a role in the vocabulary, which begins with losses and ends with `other`. */
function rankOf(role: Role): number {
  const place = ROLES.findIndex((pattern) => roleMatches(role, pattern));
  return place < 0 ? ROLES.length : place;
}

function without(own: readonly ReportedSignal[], others: readonly ReportedSignal[]): readonly string[] {
  const alone = own.filter((signal) => signal.points > 0 && !counterpart(signal, others));
  return [...new Set(alone.map(({ tag }) => tag))].slice(0, MOST_NAMED);
}

/** A check says the same of both runs where it names the same symptom; its first finding in each stands for it. */
function comparedFindings(
  one: readonly ReportedFinding[],
  other: readonly ReportedFinding[],
): readonly ComparedFinding[] {
  const keyOf = ({ monitor, symptom }: ReportedFinding): string => `${monitor} ${symptom}`;
  const first = new Map<string, ReportedFinding>();
  for (const finding of [...one, ...other]) {
    first.set(keyOf(finding), first.get(keyOf(finding)) ?? finding);
  }
  return [...first]
    .map(([key, { monitor, symptom }]): ComparedFinding => {
      const said = (findings: readonly ReportedFinding[]) => toldOf(findings.find((each) => keyOf(each) === key));
      return { monitor, symptom, runs: [said(one), said(other)] };
    })
    .sort((a, b) => Number(isShared(a)) - Number(isShared(b)) || worst(b) - worst(a));
}

function toldOf(finding: ReportedFinding | undefined): ComparedFinding['runs'][0] {
  return finding
    ? { id: finding.id, severity: finding.severity, title: finding.title, fromStep: finding.fromStep }
    : null;
}

function isShared({ runs }: ComparedFinding): boolean {
  return runs[0] !== null && runs[1] !== null;
}

function worst({ runs }: ComparedFinding): number {
  return Math.max(...runs.map((told) => (told ? SEVERITIES.indexOf(told.severity) : -1)));
}
