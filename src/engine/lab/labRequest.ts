import type { ReportedFinding, RunReport } from '../../contract/report.js';
import { FIXES } from '../../fixes/fixes.js';
import { whyNoProxy } from '../../lab/lab.js';
import type { RunFacts, TrialRecord, TrialRequest } from '../../lab/lab.js';
import type { Signal } from '../../model/signal.js';
import type { Symptom } from '../../model/symptom.js';
import type { RunKnowledge } from '../facts/runFacts.js';

/** Rates of a schedule that are looked at: its shape needs no more. */
const MOST_RATES = 4000;

/** Fixes that are tried unless others are asked for: with three seeds, what two cores train in under three minutes. */
const MOST_TRIED = 6;

const ARMS: ReadonlyMap<string, string | null> = new Map(FIXES.map(({ description: { id, labArm } }) => [id, labArm]));

/** The arm of the lab that tries a fix; null where there is none. */
export function armOf(fix: string): string | null {
  return ARMS.get(fix) ?? null;
}

/**
 * The symptom that a trial of a finding is to provoke: of a chain the first cause that the lab has a proxy of, since what
 * follows from it is cured with it. Undefined: none.
 */
export function provokedSymptom({
  chain = [],
  symptom,
}: Pick<ReportedFinding, 'chain' | 'symptom'>): Symptom | undefined {
  return [...chain.map((link) => link.symptom), symptom].find((each) => whyNoProxy(each) === undefined);
}

/** The request for a trial of the fixes of a finding; the fixes stand in the order of the report. */
export function trialRequest(
  report: Pick<RunReport, 'id' | 'name' | 'findings'>,
  findingId: string,
  facts: RunFacts,
): TrialRequest {
  const finding = report.findings.find(({ id }) => id === findingId);
  if (!finding) {
    const known = report.findings.map(({ id }) => id).join(', ');
    throw new Error(`${report.name} has no finding "${findingId}"; it has ${known || 'none'}`);
  }
  const { id, title, fixes } = finding;
  const symptom = provokedSymptom(finding) ?? finding.symptom;
  return {
    finding: { id, run: report.id, symptom, title },
    facts,
    fixes: fixes.map((fix) => ({ id: fix.id, title: fix.title, arm: armOf(fix.id) })),
  };
}

/** The request that a record was made of, for a run that is gone: what was planned goes on. */
export function requestOf({ finding, facts, plan }: TrialRecord): TrialRequest {
  const untried = plan?.untried.map(({ fix, title }) => ({ id: fix, title, arm: null })) ?? [];
  return { finding, facts, fixes: [...(plan?.tried ?? []), ...untried] };
}

/** The fixes that were asked for, else those that promise most. @throws {Error} that names those that the finding has, where one is not among them. */
export function onlyFixes(request: TrialRequest, wanted: readonly string[] | undefined): TrialRequest {
  const strange = wanted?.find((id) => !request.fixes.some((fix) => fix.id === id));
  if (strange !== undefined) {
    const known = request.fixes.map(({ id }) => id).join(', ');
    throw new Error(`"${strange}" is none of the fixes of “${request.finding.title}”; those are ${known || 'none'}`);
  }
  const promising = request.fixes.filter(({ arm }) => arm !== null).slice(0, MOST_TRIED);
  return { ...request, fixes: wanted ? request.fixes.filter(({ id }) => wanted.includes(id)) : promising };
}

/** The learning rate over the steps, of the first group where there are several. */
export function ratesOf(signals: readonly Signal[]): RunKnowledge['rates'] {
  const signal =
    signals.find(({ role }) => role === 'learning-rate') ??
    signals.find(({ role }) => role.startsWith('learning-rate/'));
  if (!signal) {
    return [];
  }
  const { series } = signal;
  const stride = Math.max(1, Math.ceil(series.length / MOST_RATES));
  return Array.from({ length: Math.ceil(series.length / stride) }, (_, index) => ({
    step: series.stepAt(index * stride),
    rate: series.valueAt(index * stride),
  }));
}
