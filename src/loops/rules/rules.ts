import { accumulationUndivided } from './accumulationUndivided.js';
import { adamL2 } from './adamL2.js';
import { autocastWithoutScaler } from './autocastWithoutScaler.js';
import { batchNormUnshuffled } from './batchNormUnshuffled.js';
import { clipAfterStep } from './clipAfterStep.js';
import { clipBeforeUnscale } from './clipBeforeUnscale.js';
import { clipOutsideAccumulation } from './clipOutsideAccumulation.js';
import { evalWithoutNoGrad } from './evalWithoutNoGrad.js';
import { kerasLogits } from './kerasLogits.js';
import { lossKeptWithGraph } from './lossKeptWithGraph.js';
import { lossOnLogits } from './lossOnLogits.js';
import { missingScalerStep } from './missingScalerStep.js';
import { missingScalerUpdate } from './missingScalerUpdate.js';
import { missingSetEpoch } from './missingSetEpoch.js';
import { missingTrainMode } from './missingTrainMode.js';
import { missingZeroGrad } from './missingZeroGrad.js';
import { noWarmup } from './noWarmup.js';
import type { Rule } from './rule.js';
import { sameSeedOnRanks } from './sameSeedOnRanks.js';
import { schedulerBeforeOptimizer } from './schedulerBeforeOptimizer.js';
import { schedulerInterval } from './schedulerInterval.js';
import { schedulerOfOldOptimizer } from './schedulerOfOldOptimizer.js';
import { sigmoidBeforeBceWithLogits } from './sigmoidBeforeBceWithLogits.js';
import { softmaxBeforeCrossEntropy } from './softmaxBeforeCrossEntropy.js';
import { zeroGradBetween } from './zeroGradBetween.js';

/** Every rule, in the order in which their warnings are listed for one loop. */
export const RULES: readonly Rule[] = [
  clipBeforeUnscale,
  clipOutsideAccumulation,
  clipAfterStep,
  schedulerBeforeOptimizer,
  schedulerInterval,
  schedulerOfOldOptimizer,
  missingZeroGrad,
  zeroGradBetween,
  missingScalerStep,
  missingScalerUpdate,
  autocastWithoutScaler,
  softmaxBeforeCrossEntropy,
  sigmoidBeforeBceWithLogits,
  lossOnLogits,
  kerasLogits,
  missingTrainMode,
  evalWithoutNoGrad,
  lossKeptWithGraph,
  accumulationUndivided,
  missingSetEpoch,
  sameSeedOnRanks,
  batchNormUnshuffled,
  noWarmup,
  adamL2,
];
