import * as l10n from '@vscode/l10n';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import type { Evidence, Severity } from '../../model/finding.js';
import type { ReportedFinding, RunReport } from '../../contract/report.js';
import { formatCount, formatValue } from './numbers.js';
import { escapeMarkdown } from './plainText.js';
import type { RowIcon } from './runText.js';

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'error':
      return l10n.t('error');
    case 'warning':
      return l10n.t('warning');
    case 'info':
      return l10n.t('note');
  }
}

export function severityIcon(severity: Severity): RowIcon {
  switch (severity) {
    case 'error':
      return { id: 'error', color: 'list.errorForeground' };
    case 'warning':
      return { id: 'warning', color: 'list.warningForeground' };
    case 'info':
      return { id: 'info', color: 'charts.blue' };
  }
}

/** "since step 4,210" while it goes on, "steps 4,210–4,216" once it is over. */
export function findingSpan(finding: Pick<FindingSummary, 'fromStep' | 'toStep' | 'open'>): string {
  if (finding.open && finding.toStep > finding.fromStep) {
    return l10n.t('since step {0}', formatCount(finding.fromStep));
  }
  return finding.toStep > finding.fromStep
    ? l10n.t('steps {0}–{1}', formatCount(finding.fromStep), formatCount(finding.toStep))
    : l10n.t('step {0}', formatCount(finding.fromStep));
}

export function findingTooltip(finding: FindingSummary): string {
  const span = `${severityWord(finding.severity)} · ${findingSpan(finding)}`;
  const { helped = [] } = finding;
  const tried = helped.length > 0 ? l10n.t('Helped on a proxy of the run: {0}', helped.join(', ')) : '';
  return [
    `**${escapeMarkdown(finding.title)}**`,
    ...[span, finding.explanation, tried].filter(Boolean).map((text) => escapeMarkdown(text)),
  ].join('\n\n');
}

/**
 * The line of a run in which nothing was found. It is earned: it counts what was checked and what could not be, and
 * a run that nothing could be said of is not called healthy.
 */
export function quietLine(run: RunSummary): { readonly text: string; readonly icon: RowIcon } {
  const open = run.notEvaluated > 0 ? l10n.t('{0} not evaluated', run.notEvaluated) : '';
  if (run.evaluated === 0) {
    const text = [l10n.t('Nothing could be judged yet'), open].filter(Boolean).join(' · ');
    return { text, icon: { id: 'circle-slash' } };
  }
  const checks =
    run.evaluated === 1 ? l10n.t('Nothing wrong in 1 check') : l10n.t('Nothing wrong in {0} checks', run.evaluated);
  return { text: [checks, open].filter(Boolean).join(' · '), icon: { id: 'pass', color: 'charts.green' } };
}

/** "1 finding", "3 findings". */
export function findingCount(count: number): string {
  return count === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', formatCount(count));
}

/** A finding as Markdown that can be pasted into an issue. */
export function findingAsMarkdown(report: RunReport, finding: ReportedFinding): string {
  return [
    `## ${escapeMarkdown(finding.title)}`,
    l10n.t(
      '{0} in run {1}, {2}, {3} % sure',
      severityWord(finding.severity),
      `**${escapeMarkdown(report.name)}**`,
      findingSpan(finding),
      Math.round(finding.confidence * 100),
    ),
    escapeMarkdown(finding.explanation, Infinity),
    evidenceTable(finding.evidence),
    listUnder(l10n.t('What else it could be'), finding.otherCauses),
    listUnder(
      l10n.t('What to do'),
      finding.fixes.map(({ title, why, trial }) => `${title}: ${why}${trial ? ` (${trial.text})` : ''}`),
    ),
    listUnder(
      l10n.t('Sources'),
      finding.papers.map((paper) => `${paper.authors} (${paper.year}): ${paper.title}`),
    ),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function evidenceTable(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) {
    return '';
  }
  const heading = [l10n.t('series'), l10n.t('step'), l10n.t('value'), l10n.t('against')];
  const rows = evidence.map((entry) => [
    escapeMarkdown(entry.rank === undefined ? entry.tag : `${entry.tag} (rank ${entry.rank})`),
    formatCount(entry.step),
    [formatValue(entry.value), escapeMarkdown(entry.unit ?? '')].filter(Boolean).join(' '),
    entry.baseline === undefined
      ? ''
      : [formatValue(entry.baseline), entry.baselineMeaning && `(${escapeMarkdown(entry.baselineMeaning)})`]
          .filter(Boolean)
          .join(' '),
  ]);
  return [heading, ['---', '---:', '---:', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function listUnder(heading: string, entries: readonly string[]): string {
  return entries.length === 0
    ? ''
    : [`### ${heading}`, entries.map((entry) => `- ${escapeMarkdown(entry, Infinity)}`).join('\n')].join('\n\n');
}
