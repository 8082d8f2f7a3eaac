import type { FindingSummary } from '../../contract/engineProtocol.js';
import type { OfferedFix, ReportedFinding, RunReport } from '../../contract/report.js';
import { rankedByVerdicts, verdictsFor } from '../../lab/lab.js';
import type { KnownVerdict, TrialRecord } from '../../lab/lab.js';
import { armOf, provokedSymptom } from './trialRequest.js';

/** Fixes that helped in front, those that did harm last, each with what is known of it; and which findings can be tried. */
export function reportWithTrials(report: RunReport, records: readonly TrialRecord[]): RunReport {
  const findings = report.findings.map((finding) => findingWithTrials(report.id, finding, records));
  return findings.some((finding, index) => finding !== report.findings[index]) ? { ...report, findings } : report;
}

/** What trials have shown of the fixes of a finding, by fix. */
export function verdictsOn(
  run: string,
  { id, symptom }: FindingSummary | ReportedFinding,
  records: readonly TrialRecord[],
): ReadonlyMap<string, KnownVerdict> {
  return records.length === 0
    ? new Map()
    : verdictsFor(records, { run, id, symptom: symptom as ReportedFinding['symptom'] });
}

function findingWithTrials(run: string, finding: ReportedFinding, records: readonly TrialRecord[]): ReportedFinding {
  const verdicts = verdictsOn(run, finding, records);
  const isTriable = provokedSymptom(finding) !== undefined && finding.fixes.some(({ id }) => armOf(id) !== null);
  const triable = isTriable ? { ...finding, triable: true as const } : finding;
  return verdicts.size === 0
    ? triable
    : { ...triable, fixes: rankedByVerdicts(finding.fixes, verdicts).map((fix) => withTrial(fix, verdicts)) };
}

function withTrial(fix: OfferedFix, verdicts: ReadonlyMap<string, KnownVerdict>): OfferedFix {
  const known = verdicts.get(fix.id);
  // Without a pair of runs there is nothing to tell.
  return known && known.verdict !== 'not-reproduced' && known.gain !== null
    ? { ...fix, trial: { verdict: known.verdict, text: known.text } }
    : fix;
}
