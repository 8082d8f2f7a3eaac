import { divergence } from './divergence.js';
import { earlyRise } from './earlyRise.js';
import { entropyCollapse } from './entropyCollapse.js';
import { gradientImbalance } from './gradientImbalance.js';
import { gradientSpike } from './gradientSpike.js';
import { gradientTrend } from './gradientTrend.js';
import { klBlowUp } from './klBlowUp.js';
import { lengthExplosion } from './lengthExplosion.js';
import { lossScale } from './lossScale.js';
import { lossSpike } from './lossSpike.js';
import type { Monitor } from './monitor.js';
import { noDecay } from './noDecay.js';
import { nonFinite } from './nonFinite.js';
import { overfitting } from './overfitting.js';
import { plateau } from './plateau.js';
import { resumeJump } from './resumeJump.js';
import { slowSteps } from './slowSteps.js';
import { warmup } from './warmup.js';
import { workerMismatch } from './workerMismatch.js';
import { zeroVarianceRewards } from './zeroVarianceRewards.js';

/** Every monitor, in the order in which what they see is looked at. */
export const MONITORS: readonly Monitor[] = [
  nonFinite,
  divergence,
  earlyRise,
  lossSpike,
  gradientSpike,
  gradientTrend,
  gradientImbalance,
  lossScale,
  workerMismatch,
  resumeJump,
  warmup,
  noDecay,
  plateau,
  overfitting,
  zeroVarianceRewards,
  entropyCollapse,
  klBlowUp,
  lengthExplosion,
  slowSteps,
];
