import type { Finding } from '../../model/finding.js';
import { EMA_EQUALS_WEIGHTS, TIED_WEIGHTS } from './copiedWeights.js';
import { DEAD_UNITS } from './deadUnits.js';
import { NON_FINITE_TENSORS } from './nonFiniteTensors.js';
import { SECOND_MOMENT, SECOND_MOMENT_SPIKE, STEP_COUNTERS } from './optimizerRules.js';
import { PEER_NORMS } from './peerNorms.js';
import { findingOf, stepOf } from './rule.js';
import type { CheckpointRule, JudgedCheckpoint } from './rule.js';
import { OUTLIER_CHANNELS, RANK_COLLAPSE } from './spectralRules.js';
import { SUSPICIOUS_PICKLE } from './suspiciousPickle.js';

/** Everything that is looked for in one checkpoint; what matters most comes first. */
export const CHECKPOINT_RULES: readonly CheckpointRule[] = [
  SUSPICIOUS_PICKLE,
  NON_FINITE_TENSORS,
  SECOND_MOMENT,
  PEER_NORMS,
  RANK_COLLAPSE,
  DEAD_UNITS,
  SECOND_MOMENT_SPIKE,
  STEP_COUNTERS,
  EMA_EQUALS_WEIGHTS,
  TIED_WEIGHTS,
  OUTLIER_CHANNELS,
];

/** What can be said of one checkpoint; the same checkpoint gives the same findings. */
export function judgeCheckpoint(checkpoint: JudgedCheckpoint): Finding[] {
  const step = stepOf(checkpoint);
  return CHECKPOINT_RULES.flatMap((rule) =>
    rule.judge(checkpoint).map((sighting) => findingOf(rule.id, rule.symptom, step, sighting)),
  );
}
