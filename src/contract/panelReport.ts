import type { Evidence } from '../model/finding.js';
import { numberToJson } from '../model/json.js';
import type { ReportedFinding, RunReport } from './report.js';

type PanelNumber = ReturnType<typeof numberToJson>;

export interface PanelEvidence extends Omit<Evidence, 'value' | 'baseline'> {
  readonly value: PanelNumber;
  readonly baseline?: PanelNumber;
}

export interface PanelFinding extends Omit<ReportedFinding, 'evidence'> {
  readonly evidence: readonly PanelEvidence[];
}

/**
 * A report on its way to a page. The editor carries messages as JSON (typed arrays apart), where NaN and the infinities
 * would become null: in evidence, the one place where a report holds measured values, they travel by name.
 */
export interface PanelReport extends Omit<RunReport, 'findings'> {
  readonly findings: readonly PanelFinding[];
}

export function packReport(report: RunReport): PanelReport {
  return {
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, evidence: finding.evidence.map(packEvidence) })),
  };
}

export function unpackReport(report: PanelReport): RunReport {
  return {
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, evidence: finding.evidence.map(unpackEvidence) })),
  };
}

function packEvidence(evidence: Evidence): PanelEvidence {
  const { value, baseline, ...rest } = evidence;
  return {
    ...rest,
    value: numberToJson(value),
    ...(baseline === undefined ? {} : { baseline: numberToJson(baseline) }),
  };
}

/** `Number` reads the names back. */
function unpackEvidence(evidence: PanelEvidence): Evidence {
  const { value, baseline, ...rest } = evidence;
  return { ...rest, value: Number(value), ...(baseline === undefined ? {} : { baseline: Number(baseline) }) };
}
