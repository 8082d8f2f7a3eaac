import type { Finding } from '../../model/finding.js';
import { NON_FINITE_TENSORS } from './nonFiniteTensors.js';
import { findingOf, stepOf } from './rule.js';
import type { CheckpointRule, JudgedCheckpoint } from './rule.js';
import { SUSPICIOUS_PICKLE } from './suspiciousPickle.js';

/** Everything that is looked for in one checkpoint; what matters most comes first. */
export const CHECKPOINT_RULES: readonly CheckpointRule[] = [SUSPICIOUS_PICKLE, NON_FINITE_TENSORS];

/** What can be said of one checkpoint; the same checkpoint gives the same findings. */
export function judgeCheckpoint(checkpoint: JudgedCheckpoint): Finding[] {
  const step = stepOf(checkpoint);
  return CHECKPOINT_RULES.flatMap((rule) =>
    rule.judge(checkpoint).map((sighting) => findingOf(rule.id, rule.symptom, step, sighting)),
  );
}
