import type { DiagnosisReport, ReportedFinding, RunReport, UnreadablePath } from '../../contract/report.js';
import { FEW_NOT_EVALUATED, notEvaluatedGroups } from '../../contract/notEvaluatedGroups.js';
import { quietMonitors } from '../../contract/report.js';
import type { Evidence, NotEvaluated, Severity } from '../../model/finding.js';
import { formatCount, formatNumber, plural } from '../../reports/numbers.js';
import { plainTexts } from '../../reports/plainText.js';
import {
  confidenceText,
  FIXES_EXPLAINED,
  measuredText,
  ownerText,
  reachedText,
  reasonText,
  spanText,
} from '../../reports/words.js';
import { marks, wrap } from './textLayout.js';
import type { Marks } from './textLayout.js';

export interface TextOptions {
  readonly columns: number;
  readonly usesColour: boolean;
  /** Paths that the user named: what is wrong with these is always told in full. */
  readonly named: readonly string[];
}

const SIGNS: Readonly<Record<Severity, string>> = { error: '✖', warning: '▲', info: '●' };
const INDENT = '  ';
const DETAIL = '    ';
/** More of a kind are counted, not listed: JSON has them all. */
const MOST_LISTED = 12;

/** The diagnosis for people: what is broken, since when, why, what to do; then what was looked at. */
export function diagnosisText(report: DiagnosisReport, options: TextOptions): string {
  const layout = new Layout(marks(options.usesColour), options.columns);
  const { runs, unreadable } = plainTexts(report);
  const parts = runs.map((run) => layout.run(run).join('\n'));
  const told = layout.unreadable(unreadable, new Set(options.named));
  if (told.length > 0) {
    parts.push(told.join('\n'));
  }
  if (runs.length > 1) {
    parts.push(layout.total(runs));
  }
  return parts.join('\n\n') + '\n';
}

/** One finding, as {@link diagnosisText} shows it. */
export function findingText(finding: ReportedFinding, options: Pick<TextOptions, 'columns' | 'usesColour'>): string {
  return new Layout(marks(options.usesColour), options.columns).finding(plainTexts(finding)).join('\n');
}

class Layout {
  private readonly marks: Marks;
  private readonly columns: number;

  constructor(textMarks: Marks, columns: number) {
    this.marks = textMarks;
    this.columns = columns;
  }

  run(run: RunReport): string[] {
    return [
      `${this.marks.strong(run.name)}  ${this.status(run)}`,
      this.marks.faint(`${INDENT}${pathsOf(run)} · ${run.format} · ${plural(run.points, 'point')}${restarts(run)}`),
      ...run.findings.flatMap((finding) => ['', ...this.finding(finding)]),
      '',
      ...this.checked(run),
      ...this.notEvaluated(run.notEvaluated),
      ...this.problems(run),
    ];
  }

  finding(finding: ReportedFinding): string[] {
    const colour = this.marks[finding.severity];
    const head = `${INDENT}${colour(`${SIGNS[finding.severity]} ${finding.severity}`)}  ${this.marks.strong(finding.title)}`;
    return [
      head,
      ...this.detail(`${spanText(finding)} · ${confidenceText(finding)}`),
      ...this.detail(finding.explanation),
      ...finding.evidence.flatMap((evidence) => this.detail(`· ${evidenceText(evidence)}`)),
      ...this.list('What else it could be', finding.otherCauses),
      ...this.list(
        'What to do',
        finding.fixes.slice(0, FIXES_EXPLAINED).map((fix) => `${fix.title} (${fix.id}): ${reasonText(fix)}`),
      ),
      ...(finding.fixes.length > FIXES_EXPLAINED
        ? this.detail(
            `Other ways: ${finding.fixes
              .slice(FIXES_EXPLAINED)
              .map(({ id }) => id)
              .join(', ')}`,
          )
        : []),
    ];
  }

  unreadable(unreadable: readonly UnreadablePath[], named: ReadonlySet<string>): string[] {
    const told = unreadable.filter(({ path }) => named.has(path));
    const passedOver = unreadable.length - told.length;
    const lines = told.map(({ path, message }) => `${this.marks.warning('▲ not read')}  ${path}: ${message}`);
    if (passedOver > 0) {
      lines.push(this.marks.faint(`${plural(passedOver, 'file')} passed over as no logs (--format json lists them)`));
    }
    return lines;
  }

  total(runs: readonly RunReport[]): string {
    const worst = runs.map(({ findings }) =>
      (['error', 'warning'] as const).find((severity) => has(findings, severity)),
    );
    const errors = worst.filter((severity) => severity === 'error').length;
    const warnings = worst.filter((severity) => severity === 'warning').length;
    const rest = runs.length - errors - warnings;
    return this.marks.strong(
      `${plural(runs.length, 'run')}: ${formatCount(errors)} with errors, ${formatCount(warnings)} with warnings, ${formatCount(rest)} with neither`,
    );
  }

  private status(run: RunReport): string {
    const { status } = run;
    const colour = {
      live: this.marks.info,
      finished: this.marks.faint,
      stopped: this.marks.faint,
      stalled: this.marks.warning,
      failed: this.marks.error,
    };
    return `${colour[status](status)} · ${reachedText(run)}`;
  }

  private checked(report: RunReport): string[] {
    if (report.evaluated.length === 0) {
      return [`${INDENT}${this.marks.warning('Nothing could be checked.')}`];
    }
    const quiet = quietMonitors(report);
    if (quiet.length === 0) {
      return [];
    }
    const sign = report.findings.length === 0 ? this.marks.good('✓ Nothing wrong') : 'Nothing wrong';
    return [`${INDENT}${sign} in ${plural(quiet.length, 'check')}${this.marks.faint(`: ${quiet.join(', ')}`)}`];
  }

  /** By kind of number where it is much: a plain log lacks most of what could be logged. */
  private notEvaluated(items: readonly NotEvaluated[]): string[] {
    if (items.length <= FEW_NOT_EVALUATED) {
      return this.list(
        `Not evaluated (${items.length})`,
        items.map(({ monitor, missing, remedy }) => `${monitor}: needs ${missing.join(', ')}. ${remedy}`),
        INDENT,
      );
    }
    return this.list(
      `Not evaluated (${items.length}; what each needs: --format markdown)`,
      notEvaluatedGroups(items).map(
        (group) => `${group.title} (${group.items.length}): ${group.items.map(({ monitor }) => monitor).join(', ')}`,
      ),
      INDENT,
    );
  }

  private problems({ problems, paths }: RunReport): string[] {
    return this.list(
      `Problems while reading (${problems.length})`,
      problems.map(
        ({ path, offset, message, remedy }) =>
          `${paths.length > 1 ? `${path}, ` : ''}byte ${formatCount(offset)}: ${message}${remedy ? `. ${remedy}` : ''}`,
      ),
      INDENT,
    );
  }

  private list(title: string, items: readonly string[], indent = DETAIL): string[] {
    if (items.length === 0) {
      return [];
    }
    const listed = items.slice(0, MOST_LISTED).flatMap((item) => bullet(item, this.columns, indent));
    const rest = items.length - MOST_LISTED;
    return [`${indent}${title}:`, ...listed, ...(rest > 0 ? [`${indent}  … and ${formatCount(rest)} more`] : [])];
  }

  private detail(text: string): string[] {
    return wrap(text, this.columns, DETAIL);
  }
}

function bullet(item: string, columns: number, indent: string): string[] {
  const [first = '', ...rest] = wrap(item, columns, `${indent}    `);
  return [`${indent}  – ${first.trimStart()}`, ...rest];
}

function has(findings: readonly ReportedFinding[], severity: Severity): boolean {
  return findings.some((finding) => finding.severity === severity);
}

function pathsOf({ paths, copies = [] }: RunReport): string {
  const read = paths.length > 1 ? `${paths[0] ?? ''} and ${formatCount(paths.length - 1)} more` : (paths[0] ?? '');
  return copies.length > 0 ? `${read} (the same rows in ${copies.join(', ')}: not read twice)` : read;
}

function restarts({ segments, ranks }: RunReport): string {
  const resumed = segments > 1 ? ` · resumed ${plural(segments - 1, 'time')}` : '';
  return resumed + (ranks > 1 ? ` · ${plural(ranks, 'rank')}` : '');
}

function evidenceText(evidence: Evidence): string {
  const { step, value, baseline, baselineMeaning, unit } = evidence;
  const measured = `${ownerText(evidence)} ${measuredText(value, unit)} at step ${formatCount(step)}`;
  const meaning = baselineMeaning ? ` (${baselineMeaning})` : '';
  return baseline === undefined ? measured : `${measured}, against ${formatNumber(baseline)}${meaning}`;
}
