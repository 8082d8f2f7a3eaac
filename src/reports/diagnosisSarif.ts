import type { Log, Notification, ReportingDescriptor, Result, Run } from 'sarif';
import type { DiagnosisReport, ReportedFinding, RunReport } from '../contract/report.js';
import type { NotEvaluated, Severity } from '../model/finding.js';
import { MONITORS } from '../monitors/monitors.js';
import { plainTexts } from './plainText.js';

const LEVELS: Readonly<Record<Severity, Result.level>> = { error: 'error', warning: 'warning', info: 'note' };

/** The diagnosis in SARIF 2.1.0, for code scanning and CI. A finding's place is the log: its steps are properties. */
export function diagnosisSarif(report: DiagnosisReport, version: string): Log {
  const { runs, unreadable } = plainTexts(report);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Evenkeel', semanticVersion: version, rules: rulesOf(runs) } },
        columnKind: 'utf16CodeUnits',
        results: runs.flatMap((run) => run.findings.map((finding) => resultOf(run, finding))),
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              ...unreadable.map(({ path, message }) => notification('warning', message, path)),
              ...runs.flatMap((run) => run.problems.map(({ path, message }) => notification('warning', message, path))),
              ...runs.flatMap((run) => run.notEvaluated.map((item) => notEvaluated(run, item))),
            ],
          },
        ],
      } satisfies Run,
    ],
  };
}

function rulesOf(runs: readonly RunReport[]): ReportingDescriptor[] {
  const used = new Set(runs.flatMap(({ findings }) => findings.map(({ monitor }) => monitor)));
  const titles = new Map(MONITORS.map(({ id, title }) => [id, title]));
  return [...used].sort().map((id) => ({ id, shortDescription: { text: titles.get(id) ?? id } }));
}

function resultOf(run: RunReport, finding: ReportedFinding): Result {
  const { symptom, confidence, fromStep, toStep, open, chain, fixes, papers } = finding;
  return {
    ruleId: finding.monitor,
    level: LEVELS[finding.severity],
    message: { text: `${finding.title}. ${finding.explanation}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(run.paths[0] ?? '') } },
        logicalLocations: [{ name: run.name, kind: 'run' }],
      },
    ],
    partialFingerprints: { 'evenkeelFinding/v1': `${run.id}:${finding.id}` },
    properties: {
      run: run.id,
      symptom,
      confidence,
      fromStep,
      toStep,
      open,
      evidence: finding.evidence,
      ...(chain ? { chain } : {}),
      fixes: fixes.map(({ id }) => id),
      papers,
    },
  };
}

function notEvaluated(run: RunReport, { monitor, missing, remedy }: NotEvaluated): Notification {
  const text = `${monitor} was not evaluated: needs ${missing.join(', ')}. ${remedy}`;
  return notification('note', text, run.paths[0] ?? '');
}

function notification(level: Notification.level, text: string, path: string): Notification {
  return {
    level,
    message: { text },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }],
  };
}

/** A path as a relative reference or a file URI: percent-encoded, forward slashes. */
function uriOf(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  const encoded = slashes.split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(slashes)) {
    return `file:///${slashes.slice(0, 2)}${encoded.slice(encoded.indexOf('/'))}`;
  }
  return slashes.startsWith('/') ? `file://${encoded}` : encoded;
}
