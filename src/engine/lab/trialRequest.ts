import type { ReportedFinding, RunReport } from '../../contract/report.js';
import { FIXES, fixesFor } from '../../fixes/fixes.js';
import { whyNoProxy } from '../../lab/lab.js';
import type { RunFacts, TrialFix, TrialRecord, TrialRequest } from '../../lab/lab.js';
import type { FixDescription } from '../../model/fix.js';
import type { Symptom } from '../../model/symptom.js';

/** Fixes that the editor tries unless others are asked for: with three seeds, what two cores train in under three minutes. */
const MOST_TRIED = 6;
/** Fixes that the command line tries unless others are named: what three minutes on two busy cores are enough for. */
const MOST_FIXES = 8;

const DESCRIPTIONS: ReadonlyMap<string, FixDescription> = new Map(
  FIXES.map(({ description }) => [description.id, description]),
);

/** The arm of the lab that tries a fix; null where there is none. */
export function armOf(fix: string): string | null {
  return DESCRIPTIONS.get(fix)?.labArm ?? null;
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
  const fixes = finding.fixes.map(({ id, title }) => ({ id, title, arm: armOf(id) }));
  return { finding: topicOf(report, finding), facts, fixes };
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

/**
 * As {@link trialRequest}, for the command line, whose fixes need not be among those of the finding.
 * @param only ids of the fixes to try, in this order; those that are offered with the finding otherwise.
 */
export function trialRequestFor(
  run: Pick<RunReport, 'id'>,
  finding: Pick<ReportedFinding, 'id' | 'symptom' | 'chain' | 'title' | 'fixes'>,
  facts: RunFacts,
  only: readonly string[] = [],
): TrialRequest {
  const offered = finding.fixes.map(({ id }) => id);
  return { finding: topicOf(run, finding), facts, fixes: namedOrOffered(only, offered) };
}

/** The same for a symptom alone. */
export function trialRequestForSymptom(symptom: Symptom, facts: RunFacts, only: readonly string[] = []): TrialRequest {
  const offered = fixesFor(symptom).map(({ description: { id } }) => id);
  return {
    finding: { id: null, run: null, symptom, title: symptom.replaceAll('-', ' ') },
    facts,
    fixes: namedOrOffered(only, offered),
  };
}

function topicOf(
  { id: run }: Pick<RunReport, 'id'>,
  finding: Pick<ReportedFinding, 'id' | 'symptom' | 'chain' | 'title'>,
): TrialRequest['finding'] {
  const { id, title, symptom } = finding;
  return { id, run, symptom: provokedSymptom(finding) ?? symptom, title };
}

/** Of the offered fixes the first; the others say that they have to be named. */
function namedOrOffered(named: readonly string[], offered: readonly string[]): readonly TrialFix[] {
  if (named.length > 0) {
    return candidates(named);
  }
  let tried = 0;
  return candidates(offered).map((fix) => {
    tried += fix.arm === null ? 0 : 1;
    return tried > MOST_FIXES && fix.arm !== null
      ? { ...fix, whyNot: `not among the ${MOST_FIXES} that fit best: name it to try it` }
      : fix;
  });
}

function candidates(ids: readonly string[]): readonly TrialFix[] {
  return ids.flatMap((id) => {
    const description = DESCRIPTIONS.get(id);
    return description ? [{ id, title: description.title, arm: description.labArm }] : [];
  });
}
