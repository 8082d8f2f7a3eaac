import type { ReportedFinding, ReportedSignal, RunReport } from '../../contract/report.js';
import { fixesFor } from '../../fixes/fixes.js';
import type { Finding } from '../../model/finding.js';
import type { RunStatus } from '../../model/run.js';
import type { Signal } from '../../model/signal.js';
import type { RunSession } from './runSession.js';
import { stepsOf } from './stepsOf.js';

/** Everything that is known of a run as of now. */
export function reportOf({ description, analysis, format, problems }: RunSession, status: RunStatus): RunReport {
  const { series } = analysis.store;
  const findings = analysis.findings();
  return {
    id: description.id,
    name: description.name,
    paths: description.lanes.flat().map(({ path }) => path),
    ...(description.copies ? { copies: description.copies } : {}),
    ...(description.settings ? { settings: description.settings.map(({ path }) => path) } : {}),
    format,
    points: analysis.store.points,
    steps: stepsOf(series),
    ...(analysis.totalSteps === undefined ? {} : { totalSteps: analysis.totalSteps }),
    segments: series.reduce((most, { segments }) => Math.max(most, segments.length), 0),
    ranks: Math.max(1, new Set(series.flatMap(({ rank }) => (rank === undefined ? [] : [rank]))).size),
    status,
    configuration: analysis.configuration,
    signals: analysis.signals().map(reportedSignal),
    findings: findings.map((finding) => withFixes(finding, findings)),
    ...analysis.coverage(),
    skipped: analysis.skipped,
    problems,
  };
}

/** The fixes that answer a finding, those for its first cause in front; none that another finding of the run rules out. */
export function withFixes(finding: Finding, ofRun: readonly Finding[] = [finding]): ReportedFinding {
  const inRun = new Set(ofRun.map(({ symptom }) => symptom));
  const symptoms = new Set([...(finding.chain ?? []).map(({ symptom }) => symptom), finding.symptom]);
  const answers = [...symptoms].flatMap((symptom) => fixesFor(symptom, inRun, finding.monitor));
  const fixes = new Map(answers.map(({ description }) => [description.id, description]));
  return { ...finding, fixes: [...fixes.values()].map(({ id, title, why }) => ({ id, title, why })) };
}

function reportedSignal({ role, series }: Signal): ReportedSignal {
  const { tag, rank, length, nonFinite, stepUnit } = series;
  return { role, tag, ...(rank === undefined ? {} : { rank }), points: length, nonFinite, stepUnit };
}
