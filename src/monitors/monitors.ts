import { divergence } from './divergence.js';
import { earlyRise } from './earlyRise.js';
import { gradientSpike } from './gradientSpike.js';
import { gradientTrend } from './gradientTrend.js';
import { lossScale } from './lossScale.js';
import { lossSpike } from './lossSpike.js';
import type { Monitor } from './monitor.js';
import { nonFinite } from './nonFinite.js';
import { overfitting } from './overfitting.js';
import { plateau } from './plateau.js';
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
  lossScale,
  workerMismatch,
  warmup,
  plateau,
  overfitting,
  zeroVarianceRewards,
];
