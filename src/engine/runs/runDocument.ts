import path from 'node:path';
import type { RunReport } from '../../contract/report.js';
import type { DocumentRequest } from '../../contract/runDocument.js';
import { diagnosisHtml } from '../../reports/diagnosisHtml.js';
import { diagnosisMarkdown, issueText } from '../../reports/diagnosisMarkdown.js';
import { diagnosisSarif } from '../../reports/diagnosisSarif.js';
import { toJson } from '../../reports/json.js';
import type { RunStore } from '../../store/runStore.js';
import { findingCharts } from './findingCharts.js';

/** A run as a document to keep or to hand on. */
export function runDocument(
  whole: RunReport,
  store: RunStore,
  { form, version, folders }: Omit<DocumentRequest, 'run'>,
): string {
  const run = withRelativePaths(whole, folders);
  const diagnosis = { version: 1, runs: [run], unreadable: [] } as const;
  switch (form) {
    case 'markdown':
      return diagnosisMarkdown(diagnosis);
    case 'issue':
      return issueText(run);
    case 'sarif':
      return toJson(diagnosisSarif(diagnosis, version)) + '\n';
    case 'html':
      return diagnosisHtml(diagnosis, new Map([[run.id, findingCharts(run, store)]]), version);
  }
}

/** What is handed on does not tell where on somebody's disk it was made, as far as it lies in their folders. */
function withRelativePaths(run: RunReport, folders: readonly string[]): RunReport {
  const told = (file: string): string => {
    const relative = folders.map((folder) => path.relative(folder, file)).find(isBelow);
    return relative === undefined ? file : relative.split(path.sep).join('/');
  };
  const { copies, settings } = run;
  return {
    ...run,
    paths: run.paths.map(told),
    ...(copies ? { copies: copies.map(told) } : {}),
    ...(settings ? { settings: settings.map(told) } : {}),
    problems: run.problems.map((problem) => ({ ...problem, path: told(problem.path) })),
  };
}

function isBelow(relative: string): boolean {
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
