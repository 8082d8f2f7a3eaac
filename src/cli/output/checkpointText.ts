import type { Finding, Severity } from '../../model/finding.js';
import type { Problem } from '../../model/problem.js';
import type { CheckpointReport, ComparisonReport, TensorSummary } from '../../model/tensor.js';
import { formatCount, formatNumber, plural } from '../../reports/numbers.js';
import { plainText, plainTexts } from '../../reports/plainText.js';
import { marks, wrap } from './textLayout.js';
import type { Marks } from './textLayout.js';

export interface CheckpointTextOptions {
  readonly columns: number;
  readonly usesColour: boolean;
  /** Tensors that are listed: the largest. */
  readonly top: number;
}

const SIGNS: Readonly<Record<Severity, string>> = { error: '✖', warning: '▲', info: '●' };
const MOST_VALUES = 8;

/** A checkpoint for people: what it is, what is wrong with it, and its largest tensors. */
export function checkpointText(report: CheckpointReport, options: CheckpointTextOptions): string {
  const textMarks = marks(options.usesColour);
  const { path, format, tensors, findings, problems, opaque } = plainTexts(report);
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const lines = [
    `${textMarks.strong(path)}  ${format} · ${plural(tensors.length, 'tensor')} · ${formatBytes(bytes)}`,
    ...roleLines(tensors),
    ...valueLines(report, textMarks),
    ...problemLines(problems, textMarks),
    ...findings.flatMap((finding) => findingLines(finding, textMarks, options.columns)),
    ...(findings.length === 0
      ? [textMarks.faint(`  nothing found that is wrong with ${problems.length === 0 ? 'it' : 'what could be read'}`)]
      : []),
    ...opaqueLines(opaque, textMarks),
    '',
    ...largestRows(tensors, options.top, textMarks),
  ];
  return lines.join('\n') + '\n';
}

/** A finding of a checkpoint: title, explanation, what else it could be. */
function findingLines(finding: Finding, textMarks: Marks, columns: number): string[] {
  const { severity, title, explanation, otherCauses, symptom } = finding;
  const mark = severity === 'error' ? textMarks.error : severity === 'warning' ? textMarks.warning : textMarks.info;
  return [
    `  ${mark(SIGNS[severity])} ${textMarks.strong(title)} ${textMarks.faint(`[${symptom}]`)}`,
    ...wrap(explanation, columns, '    '),
    ...otherCauses.flatMap((cause) => wrap(`or: ${cause}`, columns, '    ').map(textMarks.faint)),
  ];
}

function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${formatNumber(bytes / 1000 ** power)} ${units[power] ?? 'B'}`;
}

function roleLines(tensors: readonly TensorSummary[]): string[] {
  const counts = new Map<string, number>();
  for (const { role } of tensors) {
    counts.set(role, (counts.get(role) ?? 0) + 1);
  }
  return counts.size === 0
    ? []
    : [`  ${[...counts].map(([role, count]) => `${formatCount(count)} ${role}`).join(', ')}`];
}

function valueLines({ values }: CheckpointReport, { faint }: Marks): string[] {
  const told = Object.entries(values)
    .filter(([name, value]) => typeof value === 'number' && !/state\.\d+\./.test(name))
    .slice(0, MOST_VALUES);
  return told.length === 0
    ? []
    : [faint(`  ${told.map(([name, value]) => `${plainText(name)} = ${String(value)}`).join(', ')}`)];
}

/** Some formats are read by a library that does not say where in the file it met a problem: that is no place. */
function problemLines(problems: readonly Problem[], textMarks: Marks): string[] {
  return problems.map(({ offset, message }) => {
    const place = offset === 0 ? '' : `byte ${formatCount(offset)}: `;
    return `  ${textMarks.warning('▲')} ${place}${message}`;
  });
}

function opaqueLines(opaque: CheckpointReport['opaque'], { faint }: Marks): string[] {
  return opaque
    .slice(0, MOST_VALUES)
    .map(({ global, path, count }) =>
      faint(
        `  opaque: ${global}${count > 1 ? ` (${formatCount(count)} times)` : ''}${path ? ` at ${path}` : ''}, shown by its name only`,
      ),
    );
}

/** Two checkpoints for people: what is to be said of them, and the tensors that are given, however many there are. */
export function comparisonText(
  report: ComparisonReport,
  compared: number,
  { columns, usesColour }: Omit<CheckpointTextOptions, 'top'>,
): string {
  const textMarks = marks(usesColour);
  const { path, comparedWith, tensors, onlyInFirst, onlyInSecond, findings, problems } = plainTexts(report);
  const named = (names: readonly string[]): string =>
    `${names.slice(0, MOST_VALUES).join(', ')}${names.length > MOST_VALUES ? ` and ${names.length - MOST_VALUES} more` : ''}`;
  const left = compared - tensors.length;
  const lines = [
    `${textMarks.strong(comparedWith.path)} → ${textMarks.strong(path)}  ${plural(compared, 'tensor')} in both`,
    ...(onlyInFirst.length > 0 ? [`  only in the first: ${named(onlyInFirst)}`] : []),
    ...(onlyInSecond.length > 0 ? [`  only in the second: ${named(onlyInSecond)}`] : []),
    ...problemLines(problems, textMarks),
    ...findings.flatMap((finding) => findingLines(finding, textMarks, columns)),
    '',
    ...table(COMPARED, tensors.map(comparedRow), textMarks),
    ...(left > 0
      ? [textMarks.faint(`  and ${plural(left, 'tensor')} that moved less: --top ${compared} lists all`)]
      : []),
  ];
  return lines.join('\n') + '\n';
}

const COMPARED = ['tensor', 'type', 'shape', 'moved', 'cosine', 'max |Δ|', 'unchanged'];

function comparedRow({ name, dtype, shape, change, noChange }: ComparisonReport['tensors'][number]): string[] {
  const described = [name, dtype, `[${shape.join(', ')}]`];
  return change
    ? [
        ...described,
        formatNumber(change.relative),
        formatNumber(change.cosine),
        formatNumber(change.largest),
        `${formatNumber((100 * change.unchanged) / Math.max(1, change.count))} %`,
      ]
    : [...described, noChange ?? ''];
}

const SUMMARISED = ['tensor', 'type', 'shape', 'mean', 'std', 'max |x|', 'zeros', 'NaN/Inf'];

function largestRows(tensors: readonly TensorSummary[], top: number, textMarks: Marks): string[] {
  const kept = new Set([...tensors].sort((a, b) => b.bytes - a.bytes).slice(0, top));
  const rows = tensors.filter((tensor) => kept.has(tensor)).map(row);
  const left = tensors.length - rows.length;
  return [
    ...table(SUMMARISED, rows, textMarks),
    ...(left > 0
      ? [textMarks.faint(`  and ${plural(left, 'smaller tensor')}: --top ${tensors.length} lists all`)]
      : []),
  ];
}

/** Columns as wide as they need to be. A row with fewer cells than headings ends in a sentence. */
function table(headings: readonly string[], rows: readonly (readonly string[])[], { faint }: Marks): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(
      heading.length,
      ...rows.map((cells) => (column >= 3 && cells.length < headings.length ? 0 : (cells[column] ?? '').length)),
    ),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) =>
        column < 3 || cells.length < headings.length
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')}`.trimEnd();
  return rows.length > 0 ? [faint(line(headings)), ...rows.map(line)] : [];
}

function row({ name, dtype, shape, stats, noStats }: TensorSummary): string[] {
  const described = [name, dtype, `[${shape.join(', ')}]`];
  if (stats?.count === 0) {
    return [...described, 'no elements'];
  }
  return stats
    ? [
        ...described,
        formatNumber(stats.mean),
        formatNumber(stats.std),
        formatNumber(stats.absMax),
        formatCount(stats.zeros),
        formatCount(stats.nan + stats.inf),
      ]
    : [...described, noStats ?? ''];
}
