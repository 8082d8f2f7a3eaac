import { accumulation, stopping } from './batches.js';
import { clipByNorm, clipByValue } from './clipping.js';
import type { ConfigurationFix } from './configurationFix.js';
import { lowerRate, scaleRateWithBatch } from './learningRate.js';
import { decoupledDecay, lowerSecondBeta, muchWeightDecay, raiseSecondBeta, smallEpsilon } from './optimizer.js';
import { brainFloat, lossScale } from './precision.js';
import { cooldown, decay, restarts } from './schedules.js';
import { warmup } from './warmup.js';

/** Every fix that can be made where a configuration sets what it changes. */
export const CONFIGURATION_FIXES: readonly ConfigurationFix[] = [
  clipByNorm,
  clipByValue,
  warmup,
  lowerRate,
  scaleRateWithBatch,
  brainFloat,
  lossScale,
  decoupledDecay,
  raiseSecondBeta,
  lowerSecondBeta,
  smallEpsilon,
  muchWeightDecay,
  decay,
  cooldown,
  restarts,
  accumulation,
  stopping,
];
