import * as l10n from '@vscode/l10n';
import type { ReportedSignal } from '../../contract/report.js';
import type { Envelope } from '../../model/envelope.js';
import type { TrainingLoop } from '../../model/loop.js';
import { roleMatches, type RolePattern } from '../../model/role.js';
import { formatCount, formatValue } from './numbers.js';
import { escapeMarkdown } from './plainText.js';
import type { RunOfSource } from './runOfSource.js';

/** What matters on the lines of a loop where gradients are made, bounded and used; first the most telling. */
const OBSERVED_ROLES: readonly RolePattern[] = [
  'train/loss',
  'gradient-norm',
  'gradient-norm/clipped',
  'learning-rate',
];

/** Tables in hovers have no room between their columns. */
const COLUMN_GAP = '\u2003';

export interface Observation {
  readonly signal: ReportedSignal;
  readonly envelope: Envelope;
}

/** Whether a line of a file is one on which the observed quantities are shown. */
export function isObservedLine(loop: TrainingLoop, line: number): boolean {
  return [loop.backward?.line, loop.step?.line, loop.clipping.line].includes(line);
}

/** The series of a run to show, one a role, in the order of the table. */
export function observedSignals(signals: readonly ReportedSignal[]): readonly ReportedSignal[] {
  return OBSERVED_ROLES.flatMap((pattern) => signals.find(({ role }) => roleMatches(role, pattern)) ?? []);
}

/** A small Markdown table of newest, lowest and highest values, with the run that they come from. */
export function observedTable(observations: readonly Observation[], { run, reason }: RunOfSource): string {
  const numbers = [l10n.t('newest'), l10n.t('lowest'), l10n.t('highest')];
  const heading = [l10n.t('observed'), ...numbers.map((words) => `${COLUMN_GAP}${words}`)];
  const rows = observations.map(({ signal, envelope }) => [
    escapeMarkdown(signal.tag) + nonFiniteNote(signal.nonFinite),
    ...[newestOf(envelope), extremeOf(envelope.minimum, Math.min), extremeOf(envelope.maximum, Math.max)].map(
      valueCell,
    ),
  ]);
  const table = [heading, ['---', '---:', '---:', '---:'], ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const source = l10n.t('Run {0}: {1}', `**${escapeMarkdown(run.name)}**`, escapeMarkdown(reason));
  return `${table.join('\n')}\n\n${source}`;
}

function nonFiniteNote(count: number): string {
  return count === 0 ? '' : ` (${l10n.t('{0} not finite', formatCount(count))})`;
}

function newestOf({ last, nonFiniteX, nonFiniteValue, xEnd }: Envelope): number {
  const lastNonFinite = nonFiniteX.at(-1);
  const isNewest = lastNonFinite !== undefined && lastNonFinite >= (xEnd.at(-1) ?? Number.NEGATIVE_INFINITY);
  return isNewest ? (nonFiniteValue.at(-1) ?? Number.NaN) : (last.at(-1) ?? Number.NaN);
}

function extremeOf(values: Float64Array, choose: (a: number, b: number) => number): number | undefined {
  const finite = [...values].filter(Number.isFinite);
  return finite.length === 0 ? undefined : finite.reduce((a, b) => choose(a, b));
}

function valueCell(value: number | undefined): string {
  return value === undefined ? '–' : formatValue(value);
}
