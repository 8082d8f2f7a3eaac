import type { DiagnosisReport, ReportedFinding, RunReport } from '../contract/report.js';
import { formatCount, formatNumber, plural } from './numbers.js';
import { mapTexts, plainTexts } from './plainText.js';

/** The diagnosis as Markdown, to put into an issue or a job's summary. */
export function diagnosisMarkdown(report: DiagnosisReport): string {
  const { runs, unreadable } = mapTexts(plainTexts(report), escapeMarkup) as DiagnosisReport;
  const sections = runs.map(runSection);
  if (unreadable.length > 0) {
    sections.push(['## Not read', ...unreadable.map(({ path, message }) => `- ${path}: ${message}`)].join('\n'));
  }
  return `# Evenkeel diagnosis\n\n${sections.join('\n\n')}\n`;
}

/** Nothing that a log holds is taken for markup. */
function escapeMarkup(text: string): string {
  return text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function runSection(run: RunReport): string {
  const reached = run.steps ? `step ${formatCount(run.steps.last)}` : 'no steps';
  const total = run.totalSteps === undefined ? '' : ` of ${formatCount(run.totalSteps)}`;
  return [
    `## ${run.name}`,
    '',
    `${run.status} · ${reached}${total} · ${plural(run.points, 'point')} · ${run.format}`,
    ...run.findings.flatMap((finding) => ['', ...findingLines(finding)]),
    '',
    `Checked: ${run.evaluated.join(', ') || 'nothing'}.`,
    ...run.notEvaluated.map(
      ({ monitor, missing, remedy }) => `- not evaluated: ${monitor} needs ${missing.join(', ')}. ${remedy}`,
    ),
    ...run.problems.map(({ path, offset, message }) => `- problem: ${path}, byte ${formatCount(offset)}: ${message}`),
  ].join('\n');
}

function findingLines(finding: ReportedFinding): string[] {
  const rows = finding.evidence.map(({ role, tag, step, value, baseline }) => {
    const against = baseline === undefined ? '' : formatNumber(baseline);
    return `| ${role} | ${tag} | ${formatCount(step)} | ${formatNumber(value)} | ${against} |`;
  });
  return [
    `### ${finding.severity}: ${finding.title}`,
    '',
    finding.explanation,
    ...(rows.length > 0 ? ['', '| role | tag | step | value | against |', '|---|---|---:|---:|---:|', ...rows] : []),
    ...titled('What else it could be', finding.otherCauses),
    ...titled(
      'What to do',
      finding.fixes.map(({ id, title, why }) => `${title} (${id}): ${why}`),
    ),
  ];
}

function titled(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `${title}:`, '', ...items.map((item) => `- ${item}`)];
}
