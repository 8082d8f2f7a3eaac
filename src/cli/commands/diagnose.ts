import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DiagnosisReport, RunReport, UnreadablePath } from '../../contract/report.js';
import { discoverOnce, replayRun } from '../../engine/replay.js';
import { findingCharts } from '../../engine/runs/findingCharts.js';
import { SEVERITIES } from '../../model/finding.js';
import type { Severity } from '../../model/finding.js';
import type { ChartsOfRuns } from '../../reports/diagnosisHtml.js';
import type { FindingChart } from '../../reports/findingCharts.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { LAB_FOLDER } from '../labFolder.js';
import { packageVersion } from '../packageVersion.js';
import { replayOptions } from '../replayOptions.js';

export type DiagnosisFormat = 'text' | 'json' | 'sarif' | 'markdown' | 'html';

export interface DiagnoseOptions {
  readonly format: DiagnosisFormat;
  readonly failOn: Severity | 'never';
  readonly roles?: string;
  /** How files are read that nothing else can read. */
  readonly pattern?: string;
}

/** `evenkeel diagnose`: reads the runs under the paths and prints what is wrong with them. */
export async function diagnose(
  paths: readonly string[],
  options: DiagnoseOptions,
  context: CommandContext,
): Promise<number> {
  const replay = await replayOptions(options, context);
  const discovered = await discoverOnce(paths, [], replay);
  const runs: RunReport[] = [];
  const withTrials = await trialsHere();
  const charts = new Map<string, readonly FindingChart[]>();
  for (const run of discovered.runs) {
    const { report, session } = await replayRun(run, replay);
    runs.push(withTrials(report));
    if (options.format === 'html') {
      // Taken before the next run is read: not all runs fit into memory at once.
      charts.set(report.id, findingCharts(report, session.analysis.store));
    }
  }
  const report: DiagnosisReport = { version: 1, runs, unreadable: discovered.unreadable };
  await context.output.write(await formatted(report, charts, options.format, paths, context));
  if (runs.length === 0) {
    throw new CliError(nothingRead(paths, discovered.unreadable));
  }
  return runs.some(({ findings }) => findings.some(({ severity }) => reaches(severity, options.failOn)))
    ? EXIT.findings
    : EXIT.done;
}

/** Adds to reports what `evenkeel lab` has found out about their fixes, where it was used in this folder. */
async function trialsHere(): Promise<(report: RunReport) => RunReport> {
  const folder = path.resolve(LAB_FOLDER);
  if (!existsSync(folder)) {
    return (report) => report;
  }
  const { readTrials } = await import('../../lab/lab.js');
  const { reportWithTrials } = await import('../../engine/lab/trialsInReports.js');
  const { trials } = await readTrials(folder);
  return (report) => reportWithTrials(report, trials);
}

/** Whether a severity is at or above the one that makes a command fail. */
export function reaches(severity: Severity, failOn: Severity | 'never'): boolean {
  return failOn !== 'never' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn);
}

/** One line for when no run was found: the reason where there is one, else what would be read. */
export function nothingRead(paths: readonly string[], unreadable: readonly UnreadablePath[]): string {
  const named = unreadable.find(({ path }) => paths.includes(path));
  const reason = named ?? (unreadable.length === 1 ? unreadable[0] : undefined);
  return reason
    ? `${reason.path}: ${reason.message}`
    : `${paths.join(', ')}: no training logs found: name a log file or the folder of a run`;
}

async function formatted(
  report: DiagnosisReport,
  charts: ChartsOfRuns,
  format: DiagnosisFormat,
  named: readonly string[],
  { output }: CommandContext,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../../reports/json.js')).toJson(report) + '\n';
    case 'sarif': {
      const { diagnosisSarif } = await import('../../reports/diagnosisSarif.js');
      return (await import('../../reports/json.js')).toJson(diagnosisSarif(report, packageVersion())) + '\n';
    }
    case 'markdown':
      return (await import('../../reports/diagnosisMarkdown.js')).diagnosisMarkdown(report);
    case 'html': {
      const { diagnosisHtml } = await import('../../reports/diagnosisHtml.js');
      return diagnosisHtml(report, charts, packageVersion());
    }
    case 'text': {
      const { diagnosisText } = await import('../output/diagnosisText.js');
      const text = diagnosisText(report, { columns: output.columns, usesColour: output.usesColour, named });
      return report.runs.length === 0 ? '' : text;
    }
  }
}
