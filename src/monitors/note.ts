import type { Evidence, Finding, NotEvaluated, Paper, Severity } from '../model/finding.js';
import type { Signal } from '../model/signal.js';
import type { Symptom } from '../model/symptom.js';

/** What a finding needs to know of a monitor that has one symptom. */
export interface About {
  readonly id: string;
  readonly symptoms: readonly [Symptom];
  readonly papers: readonly Paper[];
  readonly remedy: string;
}

/** What a finding says; a note unless a severity is given. */
export interface Words {
  readonly title: string;
  readonly explanation: string;
  readonly otherCauses: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly confidence: number;
  readonly severity?: Severity;
}

/** From when to when. */
export interface Span {
  readonly fromStep: number;
  readonly toStep: number;
  readonly open: boolean;
}

export function findingAbout(
  { id, symptoms, papers }: About,
  { series }: Signal,
  { fromStep, toStep, open }: Span,
  words: Words,
): Finding {
  return {
    id: `${id}:${series.tag}:${series.rank ?? 0}:${fromStep}`,
    monitor: id,
    symptom: symptoms[0],
    severity: 'info',
    fromStep,
    toStep,
    open,
    ...words,
    papers,
  };
}

/** @param missing what there would have to be more of. */
export function notEnough({ id, remedy }: About, missing: string): NotEvaluated {
  return { monitor: id, missing: [missing], remedy };
}
