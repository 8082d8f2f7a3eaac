import * as l10n from '@vscode/l10n';
import type { RunSummary } from '../../contract/engineProtocol.js';
import type { RunStatus } from '../../model/run.js';
import { formatCount, formatPace, formatShortCount, formatValue } from './numbers.js';
import { escapeMarkdown, plainText } from './plainText.js';
import { sparkline } from './sparkline.js';

const SPARKLINE_COLUMNS = 8;

/** A codicon and the theme colour that it is drawn in. */
export interface RowIcon {
  readonly id: string;
  readonly color?: string;
}

export function statusWord(status: RunStatus): string {
  switch (status) {
    case 'live':
      return l10n.t('live');
    case 'finished':
      return l10n.t('finished');
    case 'stopped':
      return l10n.t('stopped');
    case 'stalled':
      return l10n.t('stalled');
    case 'failed':
      return l10n.t('failed');
  }
}

export function statusIcon(status: RunStatus): RowIcon {
  switch (status) {
    case 'live':
      return { id: 'pulse', color: 'charts.green' };
    case 'finished':
      return { id: 'circle-outline' };
    case 'stopped':
      return { id: 'debug-stop' };
    case 'stalled':
      return { id: 'debug-pause', color: 'list.warningForeground' };
    case 'failed':
      return { id: 'error', color: 'list.errorForeground' };
  }
}

/** "2.31 ▇▅▃▂▁  4,216 / 20k · 3.1 it/s", as far as it is known. */
export function runDescription(run: RunSummary): string {
  const curve = sparkline(run.lossShape, SPARKLINE_COLUMNS);
  const loss = run.lastLoss === null ? '' : formatValue(run.lastLoss);
  return [[loss, curve].filter(Boolean).join(' '), progress(run)].filter(Boolean).join('  ');
}

/** What a screen reader says instead of the sparkline. */
export function runAccessibleLabel(run: RunSummary): string {
  const loss = run.lastLoss === null ? '' : l10n.t('loss {0}', formatValue(run.lastLoss));
  return [plainText(run.name), statusWord(run.status), loss, progress(run)].filter(Boolean).join(', ');
}

/** A tooltip in Markdown; everything that comes from a log or a path is escaped. */
export function runTooltip(run: RunSummary): string {
  const facts: readonly (readonly [string, string | null])[] = [
    [l10n.t('Status'), statusWord(run.status)],
    [l10n.t('Newest loss'), lossText(run)],
    [l10n.t('Newest gradient norm'), run.lastGradientNorm === null ? null : formatValue(run.lastGradientNorm)],
    [l10n.t('Step'), run.lastStep === null ? null : stepText(run)],
    [l10n.t('Pace'), isPaced(run) ? formatPace(run.stepsPerSecond) : null],
    [l10n.t('Points'), formatCount(run.points)],
    [l10n.t('Format'), escapeMarkdown(run.format)],
    [l10n.t('Checks'), l10n.t('{0} made, {1} not evaluated', run.evaluated, run.notEvaluated)],
    [l10n.t('Read problems'), run.problems > 0 ? formatCount(run.problems) : null],
    [l10n.t('Last change'), run.changed > 0 ? new Date(run.changed * 1000).toLocaleString() : null],
  ];
  const rows = facts.filter(([, value]) => value !== null).map(([name, value]) => `| ${name} | ${value ?? ''} |`);
  return [
    `**${escapeMarkdown(run.name)}**`,
    ['| | |', '|:--|:--|', ...rows].join('\n'),
    escapeMarkdown(run.location),
  ].join('\n\n');
}

/**
 * What tells runs of the same name apart: the folders above them in which they differ, by id of the run. Runs with a
 * name of their own are left out.
 */
export function distinguishingFolders(runs: readonly RunSummary[]): ReadonlyMap<string, string> {
  const byName = new Map<string, RunSummary[]>();
  for (const run of runs) {
    byName.set(run.name, [...(byName.get(run.name) ?? []), run]);
  }
  const told = new Map<string, string>();
  for (const namesakes of byName.values()) {
    if (namesakes.length > 1) {
      const paths = namesakes.map((run) => run.location.split(/[\\/]/));
      const shared = sharedPrefixLength(paths);
      namesakes.forEach((run, index) => told.set(run.id, (paths[index] ?? []).slice(shared).join('/')));
    }
  }
  return told;
}

function sharedPrefixLength(paths: readonly (readonly string[])[]): number {
  const [first = [], ...rest] = paths;
  let length = 0;
  while (length < first.length - 1 && rest.every((path) => path[length] === first[length])) {
    length++;
  }
  return length;
}

function progress(run: RunSummary): string {
  const pace = run.status === 'live' && isPaced(run) ? formatPace(run.stepsPerSecond) : '';
  return [run.lastStep === null ? '' : stepText(run), pace].filter(Boolean).join(' · ');
}

function stepText(run: RunSummary): string {
  const step = run.lastStep ?? 0;
  const ofTotal = run.totalSteps !== null && run.totalSteps > step;
  return ofTotal ? `${formatCount(step)} / ${formatShortCount(run.totalSteps)}` : formatShortCount(step);
}

function lossText(run: RunSummary): string | null {
  if (run.lastLoss === null) {
    return null;
  }
  const role = run.lossRole === null ? '' : ` (${escapeMarkdown(run.lossRole)})`;
  return `${formatValue(run.lastLoss)}${role}`;
}

function isPaced(run: RunSummary): run is RunSummary & { readonly stepsPerSecond: number } {
  return run.stepsPerSecond !== null && run.stepsPerSecond > 0 && Number.isFinite(run.stepsPerSecond);
}
