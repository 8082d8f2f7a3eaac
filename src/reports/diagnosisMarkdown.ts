import { quietMonitors } from '../contract/report.js';
import type { DiagnosisReport, ReportedFinding, RunReport } from '../contract/report.js';
import { arrangeSettings } from '../contract/settingsOrder.js';
import { shortened } from './markup.js';
import { formatCount, formatNumber, plural } from './numbers.js';
import { mapTexts, plainText, plainTexts } from './plainText.js';
import { confidenceText, FIXES_EXPLAINED, reachedText, reasonText, spanText } from './words.js';

/** What the places where issues are written take, in characters, with room for what is added by hand. */
const LONGEST_ISSUE = 60_000;
/** Longest text that is repeated from a log in an issue. */
const LONGEST_ISSUE_TEXT = 1000;
const ISSUE_SETTINGS = 30;
const LONGEST_CELL = 200;

/** The diagnosis as Markdown, to put into an issue or a job's summary. */
export function diagnosisMarkdown(report: DiagnosisReport): string {
  const { runs, unreadable } = mapTexts(plainTexts(report), escapeMarkup) as DiagnosisReport;
  const sections = runs.map(runSection);
  if (unreadable.length > 0) {
    sections.push(['## Not read', ...unreadable.map(({ path, message }) => `- ${path}: ${message}`)].join('\n'));
  }
  return `# Evenkeel diagnosis\n\n${sections.join('\n\n')}\n`;
}

/**
 * One run as the text of an issue: what is wrong and what was observed, then, folded away, what the run was started
 * with and what could not be judged. Short enough for the places where issues are written.
 */
export function issueText(run: RunReport): string {
  const settings = settingRows(run);
  const short = mapTexts(plainTexts(run), (text) => escapeMarkup(shortened(text, LONGEST_ISSUE_TEXT))) as RunReport;
  const findings = short.findings.map((finding) =>
    findingLines({ ...finding, fixes: finding.fixes.slice(0, FIXES_EXPLAINED) }).join('\n'),
  );
  const head = [
    `**${short.name}**: ${short.status}, ${reachedText(short)}, ${plural(short.points, 'point')} of ${short.format}.`,
    short.findings.length === 0 ? `Nothing wrong was seen in ${plural(short.evaluated.length, 'check')}.` : '',
  ];
  const tail = [
    folded('Configuration', settings),
    folded(
      `Not evaluated (${formatCount(short.notEvaluated.length)})`,
      short.notEvaluated.map(({ monitor, missing }) => `- ${monitor}: needs ${missing.join(', ')}`),
    ),
    `Nothing wrong in: ${quietMonitors(short).join(', ') || 'no other check'}.`,
  ];
  const room = LONGEST_ISSUE - [...head, ...tail].join('\n\n').length;
  return [...head, ...fitting(findings, room), ...tail].filter(Boolean).join('\n\n') + '\n';
}

/** As many parts from the first on as there is room for; how many were left out is said. */
function fitting(parts: readonly string[], room: number): readonly string[] {
  let length = 0;
  const kept = parts.filter((part) => (length += part.length + 2) <= room);
  const left = parts.length - kept.length;
  return left === 0 ? kept : [...kept, `… and ${plural(left, 'finding')} more.`];
}

function settingRows({ configuration }: RunReport): readonly string[] {
  const { telling, others } = arrangeSettings(configuration);
  const all = [...telling, ...others];
  const cell = (text: string): string => escapeMarkup(shortened(plainText(text), LONGEST_CELL));
  const rows = all.slice(0, ISSUE_SETTINGS).map(({ name, value }) => `| ${cell(name)} | ${cell(value)} |`);
  const left = all.length - rows.length;
  return rows.length === 0
    ? []
    : ['| setting | value |', '|---|---|', ...rows, ...(left > 0 ? ['', `and ${formatCount(left)} more`] : [])];
}

function folded(summary: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<details><summary>${summary}</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

/** Nothing that a log holds is taken for markup, for a link, or calls anybody by name. */
function escapeMarkup(text: string): string {
  return text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
    .replace(/(?<!\w)@(?=\w)/g, '@\u2060')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function runSection(run: RunReport): string {
  return [
    `## ${run.name}`,
    '',
    `${run.status} · ${reachedText(run)} · ${plural(run.points, 'point')} · ${run.format}`,
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
    `${spanText(finding)} · ${confidenceText(finding)}`,
    '',
    finding.explanation,
    ...(rows.length > 0 ? ['', '| role | tag | step | value | against |', '|---|---|---:|---:|---:|', ...rows] : []),
    ...titled('What else it could be', finding.otherCauses),
    ...titled(
      'What to do',
      finding.fixes.map((fix) => `${fix.title} (${fix.id}): ${reasonText(fix)}`),
    ),
  ];
}

function titled(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `${title}:`, '', ...items.map((item) => `- ${item}`)];
}
