import * as l10n from '@vscode/l10n';
import type { RunSummary } from '../../contract/engineProtocol.js';
import { byRecency } from './runOrder.js';
import { plainText } from './plainText.js';

/** Where a source file stands, as far as the choice of its run goes. Paths are absolute. */
export interface SourcePlace {
  readonly path: string;
  /** The workspace folder that holds it, or its own folder where there is none. */
  readonly workspaceFolder: string;
  /** Id of the run that the user has chosen for this file. */
  readonly chosenRun: string | undefined;
}

export interface RunOfSource {
  readonly run: RunSummary;
  /** Why this run: said where its numbers are shown. */
  readonly reason: string;
}

/**
 * The run whose numbers stand in a source file: the one that the user chose; else, among the runs of the same
 * workspace folder, those that share the deepest folder with the file, and of these the live or most recent one.
 */
export function runOfSource(runs: readonly RunSummary[], source: SourcePlace): RunOfSource | undefined {
  const chosen = runs.find((run) => run.id === source.chosenRun);
  if (chosen) {
    return { run: chosen, reason: l10n.t('chosen for this file') };
  }
  const folder = segmentsOf(source.workspaceFolder);
  const inFolder = runs.filter((run) => sharedLength(segmentsOf(run.location), folder) === folder.length);
  const place = segmentsOf(source.path);
  const nearness = (run: RunSummary): number => sharedLength(segmentsOf(run.location), place);
  const nearest = Math.max(...inFolder.map(nearness));
  const [run] = inFolder.filter((candidate) => nearness(candidate) === nearest).sort(byRecency);
  return run && { run, reason: reasonFor(run, place.slice(0, nearest).at(-1)) };
}

function reasonFor(run: RunSummary, folder: string | undefined): string {
  const where = plainText(folder ?? '/');
  return run.status === 'live'
    ? l10n.t('the live run in the folder {0}', where)
    : l10n.t('the most recent run in the folder {0}', where);
}

function segmentsOf(path: string): readonly string[] {
  return path.split(/[\\/]/).filter(Boolean);
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) {
    length++;
  }
  return length;
}
