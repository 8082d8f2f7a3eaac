import { z } from 'zod';
import type { RunSummary } from '../../contract/engineProtocol.js';
import type { ReportedFinding, RunReport } from '../../contract/report.js';
import type { Evidence } from '../../model/finding.js';
import { stretchAround } from '../../reports/findingCharts.js';
import { envelopePoints } from './envelopePoints.js';
import { tool, type ToolServices } from './tool.js';

/** Runs in one answer: a model reads all of it. */
const MOST_RUNS = 50;
/** Points of a curve in one answer. */
const CURVE_POINTS = 60;
/** Curves in one answer. */
const MOST_CURVES = 6;

/** How a run is named. */
export const runInput = z.string().min(1).describe('Id, name or path of a run, as list_runs gives them');
/** What names a finding. */
export const findingInput = z.object({
  run: runInput,
  finding: z.string().min(1).describe('Id of a finding, as get_findings gives it'),
});

export const listRuns = tool({
  name: 'list_runs',
  title: 'List training runs',
  description:
    'Lists the training runs that Evenkeel has found, those that changed last first: status, newest step and loss, and the titles of open findings. Start here when asked how a training is going.',
  input: z.object({
    folder: z.string().min(1).optional().describe('Only runs under this folder or file, which may lie anywhere'),
  }),
  async run({ folder }, services, signal) {
    const found =
      folder === undefined
        ? await services.request('rescan', null, signal)
        : await services.request('open', { paths: [folder] }, signal);
    const newest = [...found].sort((one, other) => other.changed - one.changed);
    return { runs: newest.slice(0, MOST_RUNS).map(listed), omitted: Math.max(0, newest.length - MOST_RUNS) };
  },
});

export const getFindings = tool({
  name: 'get_findings',
  title: 'Get the findings of a run',
  description:
    'What is wrong with one training run and why: each finding with its explanation, the numbers that show it, what else could explain it and the fixes that answer it; and what could not be judged, with what would make it possible.',
  input: z.object({ run: runInput }),
  async run(input, services, signal) {
    const report = await reportOf(input.run, services, signal);
    const { id, name, paths, format, status, steps, points, configuration } = report;
    return {
      run: { id, name, paths, format, status, steps, points, configuration },
      findings: report.findings.map(({ papers, ...finding }) => ({
        ...finding,
        papers: papers.map(({ title, authors, year }) => `${authors} (${year}): ${title}`),
      })),
      evaluated: report.evaluated,
      notEvaluated: report.notEvaluated,
      problems: report.problems,
    };
  },
});

export const getEvidence = tool({
  name: 'get_evidence',
  title: 'Get the curves behind a finding',
  description:
    'The series behind one finding, around the steps that it names: smallest and largest value in each of a few dozen stretches, so that a spike of one step is not lost.',
  input: findingInput,
  async run(input, services, signal) {
    const report = await reportOf(input.run, services, signal);
    const finding = findingOf(report, input.finding);
    const { from, to } = stretchAround(finding);
    const curves = [];
    for (const { tag, rank, role } of distinctSeries(finding.evidence)) {
      const range = { run: report.id, tag, ...(rank === undefined ? {} : { rank }), axis: 'step', from, to } as const;
      const envelope = await services.request('envelope', { ...range, buckets: CURVE_POINTS }, signal);
      curves.push({ role, tag, ...(rank === undefined ? {} : { rank }), points: envelopePoints(envelope) });
    }
    return { finding: finding.id, title: finding.title, evidence: finding.evidence, curves };
  },
});

function listed(summary: RunSummary): object {
  const { id, name, location, status, format, lastStep, totalSteps, lastLoss, findings } = summary;
  return {
    ...{ id, name, location, status, format, lastStep, totalSteps, lastLoss },
    findings: findings.map((finding) => ({ id: finding.id, severity: finding.severity, title: finding.title })),
  };
}

/** By id, by name where only one run has it, or by a path, which may lie where nothing has been looked for yet. */
export async function reportOf(named: string, services: ToolServices, signal: AbortSignal): Promise<RunReport> {
  const known = await services.request('runs', null, signal);
  const fits = matching(known, named);
  const found = fits.length > 0 ? fits : matching(await services.request('rescan', null, signal), named);
  const runs = found.length > 0 ? found : await services.request('open', { paths: [named] }, signal);
  const [only] = runs;
  if (only === undefined) {
    throw new Error(`there is no run "${named}": list_runs names the runs, or give the path of a log`);
  }
  if (runs.length > 1) {
    throw new Error(`"${named}" is more than one run; give one of the ids ${runs.map(({ id }) => id).join(', ')}`);
  }
  return services.request('report', { run: only.id }, signal);
}

function matching(runs: readonly RunSummary[], named: string): readonly RunSummary[] {
  const byId = runs.filter(({ id }) => id === named);
  return byId.length > 0 ? byId : runs.filter(({ name, location }) => name === named || location === named);
}

function findingOf(report: RunReport, id: string): ReportedFinding {
  const finding = report.findings.find((one) => one.id === id);
  if (!finding) {
    const known = report.findings.map((one) => one.id).join(', ');
    throw new Error(`${report.name} has no finding "${id}"; it has ${known || 'none'}`);
  }
  return finding;
}

function distinctSeries(evidence: readonly Evidence[]): readonly Evidence[] {
  const series = new Map(evidence.map((entry) => [`${entry.rank ?? ''} ${entry.tag}`, entry]));
  return [...series.values()].slice(0, MOST_CURVES);
}
