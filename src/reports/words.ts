import type { OfferedFix, RunReport } from '../contract/report.js';
import type { Evidence, Finding } from '../model/finding.js';
import { formatCount, formatNumber } from './numbers.js';

/** Fixes come in the order in which they fit; of more than these only the names are given, or they are folded away. */
export const FIXES_EXPLAINED = 4;

/** When a finding applies: "since step 4,210, still going on", "at step 12", "steps 4,210 to 4,216". */
export function spanText({ fromStep, toStep, open }: Pick<Finding, 'fromStep' | 'toStep' | 'open'>): string {
  if (open) {
    return `since step ${formatCount(fromStep)}, still going on`;
  }
  return fromStep === toStep
    ? `at step ${formatCount(fromStep)}`
    : `steps ${formatCount(fromStep)} to ${formatCount(toStep)}`;
}

/** How sure a finding is: "97 % sure". */
export function confidenceText({ confidence }: Pick<Finding, 'confidence'>): string {
  return `${Math.round(confidence * 100)} % sure`;
}

/** How far a run is: "step 4,216 of 20,000". */
export function reachedText({ steps, totalSteps }: Pick<RunReport, 'steps' | 'totalSteps'>): string {
  const reached = steps ? `step ${formatCount(steps.last)}` : 'no steps';
  return totalSteps === undefined ? reached : `${reached} of ${formatCount(totalSteps)}`;
}

/** The series that a number is of: its tag, and its rank where there are several. */
export function ownerText({ tag, rank }: Pick<Evidence, 'tag' | 'rank'>): string {
  return rank === undefined ? tag : `${tag} of rank ${rank}`;
}

/** What a fix does, and behind it what trying it in the lab has shown. */
export function reasonText({ why, trial }: Pick<OfferedFix, 'why' | 'trial'>): string {
  return trial === undefined ? why : `${why} Tried: ${trial.text}.`;
}

/** A number with its unit. */
export function measuredText(value: number, unit: string | undefined): string {
  return unit === undefined ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}
