import * as l10n from '@vscode/l10n';
import { TREE_CONTEXTS } from '../../contract/views.js';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import { isOver } from '../../runner/jobRecord.js';
import type { JobState } from '../../runner/jobRecord.js';
import { findingSpan, findingTooltip, quietLine, severityIcon, severityWord } from './findingText.js';
import { formatCount } from './numbers.js';
import { plainText } from './plainText.js';
import { byRecency, byUrgency } from './runOrder.js';
import {
  distinguishingFolders,
  runAccessibleLabel,
  runDescription,
  runTooltip,
  statusIcon,
  statusWord,
  type RowIcon,
} from './runText.js';

/** Rows that a tree builds at first, and adds when more are asked for. */
export const PAGE_OF_ROWS = 200;
/** Findings of a run beyond these are left to its page. */
const FINDINGS_PER_RUN = 12;
/** Runs whose rows stand open from the start. Among more, those without findings say so in their own row. */
const OPEN_FROM_START = 8;

/** A row of one of the trees as plain data; the host turns visible rows into tree items. */
export interface TreeRow {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly accessibleLabel: string;
  readonly icon: RowIcon | null;
  readonly context: string | null;
  readonly target: RowTarget;
  readonly expansion: 'none' | 'collapsed' | 'expanded';
}

/** What pressing a row does. */
export type RowTarget =
  | { readonly kind: 'run'; readonly run: RunSummary }
  | { readonly kind: 'finding'; readonly run: RunSummary; readonly finding: FindingSummary }
  | { readonly kind: 'more' };

/** The state of the job that Evenkeel runs for a run, by the run's location; undefined for runs of others. */
export type JobStateOf = (location: string) => JobState | undefined;

const NO_JOBS: JobStateOf = () => undefined;

/** The Runs tree: live ones first, then by recency; `limit` rows and one to ask for more. */
export function runRows(
  runs: readonly RunSummary[],
  limit: number,
  jobStateOf: JobStateOf = NO_JOBS,
): readonly TreeRow[] {
  const sorted = [...runs].sort(byRecency);
  const folders = distinguishingFolders(runs);
  const rows = sorted.slice(0, limit).map((run) => runRow(run, folders.get(run.id), jobStateOf));
  return withMore(rows, sorted.length);
}

/** The Findings tree's upper rows: one a run, the most urgent first. Rows that stand alone have nothing under them. */
export function findingsRunRows(
  runs: readonly RunSummary[],
  limit: number,
  jobStateOf: JobStateOf = NO_JOBS,
): readonly TreeRow[] {
  const sorted = [...runs].sort(byUrgency);
  const folders = distinguishingFolders(runs);
  const rows = sorted.slice(0, limit).map((run, index): TreeRow => {
    const row = runRow(run, undefined, jobStateOf);
    const words = [statusWord(run.status), plainText(folders.get(run.id) ?? '')];
    if (run.findings.length === 0 && sorted.length > OPEN_FROM_START) {
      const { text, icon } = quietLine(run);
      return { ...row, icon, description: joined([...words, text]) };
    }
    const expansion = index < OPEN_FROM_START ? 'expanded' : 'collapsed';
    return { ...row, icon: findingsIcon(run), description: joined(words), expansion };
  });
  return withMore(rows, sorted.length);
}

/** What stands under a run in the Findings tree: its findings, or the line that says what was checked. */
export function findingRows(run: RunSummary): readonly TreeRow[] {
  if (run.findings.length === 0) {
    return [quietRow(run)];
  }
  const rows = run.findings.slice(0, FINDINGS_PER_RUN).map((finding) => findingRow(run, finding));
  const left = run.findings.length - rows.length;
  return left > 0 ? [...rows, remainderRow(run, left)] : rows;
}

function runRow(run: RunSummary, folder: string | undefined, jobStateOf: JobStateOf): TreeRow {
  const job = jobStateOf(run.location);
  return {
    id: run.id,
    label: plainText(run.name),
    description: joined([jobWord(job), runDescription(run), plainText(folder ?? '')]),
    tooltip: runTooltip(run),
    accessibleLabel: runAccessibleLabel(run),
    icon: statusIcon(run.status),
    context: contextOf(job),
    target: { kind: 'run', run },
    expansion: 'none',
  };
}

/** What the run's own status does not say. */
function jobWord(job: JobState | undefined): string {
  switch (job) {
    case 'queued':
      return l10n.t('queued');
    case 'paused':
      return l10n.t('paused');
    case 'stopped':
      return l10n.t('stopped');
    case 'lost':
      return l10n.t('lost');
    case 'running':
    case 'finished':
    case 'failed':
    case undefined:
      return '';
  }
}

function contextOf(job: JobState | undefined): string {
  if (job === undefined) {
    return TREE_CONTEXTS.run;
  }
  return isOver(job) ? TREE_CONTEXTS.endedJob : job === 'paused' ? TREE_CONTEXTS.pausedJob : TREE_CONTEXTS.runningJob;
}

function findingRow(run: RunSummary, finding: FindingSummary): TreeRow {
  const label = plainText(finding.title);
  return {
    id: `${run.id}/${finding.id}`,
    label,
    description: findingSpan(finding),
    tooltip: findingTooltip(finding),
    accessibleLabel: `${severityWord(finding.severity)}: ${label}, ${findingSpan(finding)}`,
    icon: severityIcon(finding.severity),
    context: finding.fixes.length > 0 ? TREE_CONTEXTS.fixableFinding : TREE_CONTEXTS.finding,
    target: { kind: 'finding', run, finding },
    expansion: 'none',
  };
}

function quietRow(run: RunSummary): TreeRow {
  const { text, icon } = quietLine(run);
  return textRow(`${run.id}/quiet`, text, icon, { kind: 'run', run });
}

function remainderRow(run: RunSummary, left: number): TreeRow {
  const text = l10n.t('{0} more on the run page', formatCount(left));
  return textRow(`${run.id}/more`, text, { id: 'ellipsis' }, { kind: 'run', run });
}

function withMore(rows: readonly TreeRow[], total: number): readonly TreeRow[] {
  if (rows.length === total) {
    return rows;
  }
  const text = l10n.t('Show more ({0} left)', formatCount(total - rows.length));
  return [...rows, textRow('more', text, { id: 'ellipsis' }, { kind: 'more' })];
}

function textRow(id: string, label: string, icon: RowIcon, target: RowTarget): TreeRow {
  return {
    id,
    label,
    description: '',
    tooltip: '',
    accessibleLabel: label,
    icon,
    context: null,
    target,
    expansion: 'none',
  };
}

function joined(words: readonly string[]): string {
  return words.filter(Boolean).join(' · ');
}

/** In the Findings tree the status stands in words; the dot says only whether the run goes on. */
function findingsIcon(run: RunSummary): RowIcon {
  return run.status === 'live' ? { id: 'circle-filled', color: 'charts.green' } : { id: 'circle-outline' };
}
