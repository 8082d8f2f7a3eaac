import { activationGrowth } from './activationGrowth.js';
import { adamEpsilon } from './adamEpsilon.js';
import { adversarialBalance } from './adversarialBalance.js';
import { agentRewards } from './agentRewards.js';
import { attentionLogits } from './attentionLogits.js';
import { batchSizeRule } from './batchSizeRule.js';
import { classImbalance } from './classImbalance.js';
import { clipping } from './clipping.js';
import { codebookCollapse } from './codebookCollapse.js';
import { dataBound } from './dataBound.js';
import { dataOrder } from './dataOrder.js';
import { deadGradients } from './deadGradients.js';
import { divergence } from './divergence.js';
import { dormantUnits } from './dormantUnits.js';
import { earlyRise } from './earlyRise.js';
import { earlyWarning } from './earlyWarning.js';
import { entropyCollapse } from './entropyCollapse.js';
import { gpuIdle } from './gpuIdle.js';
import { gpuThrottled } from './gpuThrottled.js';
import { gradientFloor } from './gradientFloor.js';
import { gradientImbalance } from './gradientImbalance.js';
import { gradientSpike } from './gradientSpike.js';
import { gradientTrend } from './gradientTrend.js';
import { jobPauses } from './jobPauses.js';
import { klBlowUp } from './klBlowUp.js';
import { lengthExplosion } from './lengthExplosion.js';
import { likelihoodDisplacement } from './likelihoodDisplacement.js';
import { lionBound } from './lionBound.js';
import { logZDrift } from './logZDrift.js';
import { lossScale } from './lossScale.js';
import { lossSpike } from './lossSpike.js';
import { memoryCreep } from './memoryCreep.js';
import type { Monitor } from './monitor.js';
import { noDecay } from './noDecay.js';
import { nonFinite } from './nonFinite.js';
import { oscillation } from './oscillation.js';
import { overfitting } from './overfitting.js';
import { plasticityLoss } from './plasticityLoss.js';
import { plateau } from './plateau.js';
import { policyClipping } from './policyClipping.js';
import { posteriorCollapse } from './posteriorCollapse.js';
import { rankCollapse } from './rankCollapse.js';
import { rateTooHigh } from './rateTooHigh.js';
import { rateTooLow } from './rateTooLow.js';
import { repeatedData } from './repeatedData.js';
import { resumeJump } from './resumeJump.js';
import { saturation } from './saturation.js';
import { secondDescent } from './secondDescent.js';
import { skipOscillation } from './skipOscillation.js';
import { slowSteps } from './slowSteps.js';
import { softmaxCollapse } from './softmaxCollapse.js';
import { stabilityGap } from './stabilityGap.js';
import { stalledRank } from './stalledRank.js';
import { stepCounters } from './stepCounters.js';
import { stepOutliers } from './stepOutliers.js';
import { stuckAtUniform } from './stuckAtUniform.js';
import { suddenGrowth } from './suddenGrowth.js';
import { taskConflict } from './taskConflict.js';
import { valueBlowUp } from './valueBlowUp.js';
import { warmup } from './warmup.js';
import { weightNormGrowth } from './weightNormGrowth.js';
import { workerDirection } from './workerDirection.js';
import { workerDispersion } from './workerDispersion.js';
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
  suddenGrowth,
  gradientImbalance,
  deadGradients,
  activationGrowth,
  attentionLogits,
  logZDrift,
  dormantUnits,
  saturation,
  rankCollapse,
  plasticityLoss,
  weightNormGrowth,
  lionBound,
  codebookCollapse,
  posteriorCollapse,
  lossScale,
  gradientFloor,
  adamEpsilon,
  softmaxCollapse,
  workerMismatch,
  workerDirection,
  workerDispersion,
  stalledRank,
  resumeJump,
  warmup,
  rateTooHigh,
  rateTooLow,
  batchSizeRule,
  clipping,
  noDecay,
  stuckAtUniform,
  plateau,
  oscillation,
  overfitting,
  secondDescent,
  repeatedData,
  dataOrder,
  stepCounters,
  classImbalance,
  stabilityGap,
  taskConflict,
  zeroVarianceRewards,
  entropyCollapse,
  klBlowUp,
  lengthExplosion,
  policyClipping,
  valueBlowUp,
  likelihoodDisplacement,
  agentRewards,
  adversarialBalance,
  skipOscillation,
  slowSteps,
  stepOutliers,
  dataBound,
  gpuIdle,
  gpuThrottled,
  memoryCreep,
  jobPauses,
  earlyWarning,
];
