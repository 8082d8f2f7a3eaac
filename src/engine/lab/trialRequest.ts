import type { ReportedFinding, RunReport } from '../../contract/report.js';
import { FIXES, fixesFor } from '../../fixes/fixes.js';
import { whyNoProxy } from '../../lab/lab.js';
import type { RunFacts, TrialFix, TrialRequest } from '../../lab/lab.js';
import type { Signal } from '../../model/signal.js';
import type { Symptom } from '../../model/symptom.js';
import type { RunKnowledge } from '../facts/runFacts.js';

/** Fixes that are tried unless others are named: what three minutes on two busy cores are enough for. */
const MOST_FIXES = 8;

/**
 * What is to be tried for a finding of a run: the symptom that began it, on a proxy of the run.
 * @param only ids of the fixes to try, in this order; those that are offered with the finding otherwise.
 */
export function trialRequestFor(
  { id: run }: Pick<RunReport, 'id'>,
  finding: Pick<ReportedFinding, 'id' | 'symptom' | 'chain' | 'title' | 'fixes'>,
  facts: RunFacts,
  only: readonly string[] = [],
): TrialRequest {
  return {
    finding: { id: finding.id, run, symptom: symptomToProvoke(finding), title: finding.title },
    facts,
    fixes: only.length > 0 ? candidates(only) : mostFitting(finding.fixes.map(({ id }) => id)),
  };
}

/** The same for a symptom alone. */
export function trialRequestForSymptom(symptom: Symptom, facts: RunFacts, only: readonly string[] = []): TrialRequest {
  const offered = fixesFor(symptom).map(({ description: { id } }) => id);
  return {
    finding: { id: null, run: null, symptom, title: symptom.replaceAll('-', ' ') },
    facts,
    fixes: only.length > 0 ? candidates(only) : mostFitting(offered),
  };
}

/** The first link of its chain that a proxy can show: what follows from it goes with it. */
export function symptomToProvoke({ symptom, chain = [] }: Pick<ReportedFinding, 'symptom' | 'chain'>): Symptom {
  return [...chain.map((link) => link.symptom), symptom].find((one) => whyNoProxy(one) === undefined) ?? symptom;
}

/** What the logs of a run say of how it was trained; of several rates the first group's counts. */
export function knowledgeOf(
  { configuration, totalSteps }: Pick<RunReport, 'configuration' | 'totalSteps'>,
  signals: readonly Signal[],
): RunKnowledge {
  const series = (
    signals.find(({ role }) => role === 'learning-rate') ??
    signals.find(({ role }) => role.startsWith('learning-rate/'))
  )?.series;
  const rates = Array.from({ length: series?.length ?? 0 }, (_, index) => ({
    step: series!.stepAt(index),
    rate: series!.valueAt(index),
  }));
  return { configuration, rates, ...(totalSteps !== undefined && { totalSteps }) };
}

/** The first of them; the others say that they have to be named. */
function mostFitting(ids: readonly string[]): readonly TrialFix[] {
  let tried = 0;
  return candidates(ids).map((fix) => {
    tried += fix.arm === null ? 0 : 1;
    return tried > MOST_FIXES && fix.arm !== null
      ? { ...fix, whyNot: `not among the ${MOST_FIXES} that fit best: name it to try it` }
      : fix;
  });
}

function candidates(ids: readonly string[]): readonly TrialFix[] {
  return ids.flatMap((id) => {
    const description = FIXES.find((fix) => fix.description.id === id)?.description;
    return description ? [{ id, title: description.title, arm: description.labArm }] : [];
  });
}
