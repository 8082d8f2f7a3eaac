import type { LoopFinder } from '../loops/loopFinder.js';
import type { SourceAnalysis } from '../loops/sourceAnalysis.js';
import type { FixDescription, FixOutcome } from '../model/fix.js';
import type { Symptom } from '../model/symptom.js';
import { adagc } from './adagc/adagc.js';
import { spam } from './spam/spam.js';
import { stableSpam } from './stableSpam/stableSpam.js';
import { radam } from './radam/radam.js';
import { amsgrad } from './amsgrad/amsgrad.js';
import { adamp } from './adamp/adamp.js';
import { raiseBeta2 } from './raiseBeta2/raiseBeta2.js';
import { lowerBeta2 } from './lowerBeta2/lowerBeta2.js';
import { smallerEpsilon } from './smallerEpsilon/smallerEpsilon.js';
import { weightDecayForRepeatedData } from './weightDecayForRepeatedData/weightDecayForRepeatedData.js';
import { wsdSchedule } from './wsdSchedule/wsdSchedule.js';
import { cosineRestarts } from './cosineRestarts/cosineRestarts.js';
import { learningRateRangeTest } from './learningRateRangeTest/learningRateRangeTest.js';
import { scaleLearningRateWithBatch } from './scaleLearningRateWithBatch/scaleLearningRateWithBatch.js';
import { setEpoch } from './setEpoch/setEpoch.js';
import { perRankSeeds } from './perRankSeeds/perRankSeeds.js';
import { gradientAccumulation } from './gradientAccumulation/gradientAccumulation.js';
import { fp32Loss } from './fp32Loss/fp32Loss.js';
import { dynamicLossScale } from './dynamicLossScale/dynamicLossScale.js';
import { checkpointAveraging } from './checkpointAveraging/checkpointAveraging.js';
import { pcgrad } from './pcgrad/pcgrad.js';
import { pcgradEma } from './pcgradEma/pcgradEma.js';
import { dropZeroVarianceGroups } from './dropZeroVarianceGroups/dropZeroVarianceGroups.js';
import { klTermAndReferenceReset } from './klTermAndReferenceReset/klTermAndReferenceReset.js';
import { perAgentAdvantageNormalisation } from './perAgentAdvantageNormalisation/perAgentAdvantageNormalisation.js';
import { likelihoodPreservingTerm } from './likelihoodPreservingTerm/likelihoodPreservingTerm.js';
import { agc } from './agc/agc.js';
import { autoclip } from './autoclip/autoclip.js';
import { clipByValue } from './clipByValue/clipByValue.js';
import { normGrowthLimiter } from './normGrowthLimiter/normGrowthLimiter.js';
import { perComponentClipping } from './perComponentClipping/perComponentClipping.js';
import { zclip } from './zclip/zclip.js';
import { periLn } from './periLn/periLn.js';
import { preLn } from './preLn/preLn.js';
import { smallInit } from './smallInit/smallInit.js';
import { mixLn } from './mixLn/mixLn.js';
import { normformer } from './normformer/normformer.js';
import { layerNormForPlasticity } from './layerNormForPlasticity/layerNormForPlasticity.js';
import { redo } from './redo/redo.js';
import { continualBackprop } from './continualBackprop/continualBackprop.js';
import { gradientPenalty } from './gradientPenalty/gradientPenalty.js';
import { skipScale } from './skipScale/skipScale.js';
import { simVq } from './simvq/simvq.js';
import { orthoGrad } from './orthoGrad/orthoGrad.js';
import { rmsNorm } from './rmsNorm/rmsNorm.js';
import { logitSoftCap } from './logitSoftCap/logitSoftCap.js';
import { stablemax } from './stablemax/stablemax.js';
import { zLoss } from './zLoss/zLoss.js';
import { qkNorm } from './qkNorm/qkNorm.js';
import { adamwInsteadOfAdam } from './adamwInsteadOfAdam/adamwInsteadOfAdam.js';
import { addWarmup } from './addWarmup/addWarmup.js';
import { bf16InsteadOfFp16 } from './bf16InsteadOfFp16/bf16InsteadOfFp16.js';
import { clipGradients } from './clipGradients/clipGradients.js';
import { earlyStopping } from './earlyStopping/earlyStopping.js';
import { applyToConfigurations } from './configuration/applyToConfigurations.js';
import { applyEdits } from './editing/applyEdits.js';
import { countSyntaxErrors } from './editing/brokenCode.js';
import type { Fix, FixSettings, SourceFile } from './fix.js';
import { linearDecay } from './linearDecay/linearDecay.js';
import { lowerLearningRate } from './lowerLearningRate/lowerLearningRate.js';
import { resetMomentum } from './resetMomentum/resetMomentum.js';
import { unknownSetting } from './settings.js';
import { skipDataWindow } from './skipDataWindow/skipDataWindow.js';
import { skipNonFiniteSteps } from './skipNonFiniteSteps/skipNonFiniteSteps.js';

/** Every fix. */
export const FIXES: readonly Fix[] = [
  clipGradients,
  addWarmup,
  skipNonFiniteSteps,
  lowerLearningRate,
  resetMomentum,
  adamwInsteadOfAdam,
  bf16InsteadOfFp16,
  earlyStopping,
  linearDecay,
  clipByValue,
  perComponentClipping,
  autoclip,
  zclip,
  adagc,
  agc,
  normGrowthLimiter,
  spam,
  stableSpam,
  radam,
  amsgrad,
  adamp,
  raiseBeta2,
  lowerBeta2,
  smallerEpsilon,
  weightDecayForRepeatedData,
  periLn,
  preLn,
  normformer,
  mixLn,
  smallInit,
  layerNormForPlasticity,
  redo,
  continualBackprop,
  gradientPenalty,
  skipScale,
  simVq,
  orthoGrad,
  rmsNorm,
  logitSoftCap,
  stablemax,
  zLoss,
  qkNorm,
  wsdSchedule,
  cosineRestarts,
  learningRateRangeTest,
  scaleLearningRateWithBatch,
  setEpoch,
  perRankSeeds,
  gradientAccumulation,
  fp32Loss,
  dynamicLossScale,
  checkpointAveraging,
  pcgrad,
  pcgradEma,
  dropZeroVarianceGroups,
  klTermAndReferenceReset,
  perAgentAdvantageNormalisation,
  likelihoodPreservingTerm,
  skipDataWindow,
];

/**
 * Which fix fits a symptom best, where the order of the list doesn't say it: what mends the cause and changes least comes
 * first. Answers that are not named here follow in the order of the list.
 */
const FIRST: Readonly<Partial<Record<Symptom, readonly string[]>>> = {
  // A guard keeps the weights; the next two remove the usual causes, overflow and steps that are too long.
  'non-finite': ['skip-non-finite-steps', 'bf16-instead-of-fp16', 'lower-learning-rate', 'clip-gradients'],
  // Clipping bounds one bad step, but a run that goes astray for good takes steps that are too long throughout.
  divergence: ['lower-learning-rate', 'clip-gradients', 'add-warmup', 'reset-momentum'],
  'early-rise': ['add-warmup', 'lower-learning-rate', 'clip-gradients'],
  'loss-spike': [
    'clip-gradients',
    'lower-learning-rate',
    'zclip',
    'reset-momentum',
    'add-warmup',
    'lower-beta2',
    'spam',
  ],
  // One limit for all gradients first; limits that follow the run where none fits; what rescales gradients last.
  'gradient-spike': ['clip-gradients', 'zclip', 'add-warmup', 'adagc', 'lower-beta2', 'reset-momentum', 'spam'],
  'gradient-exploding': ['clip-gradients', 'lower-learning-rate', 'clip-by-value', 'autoclip', 'agc'],
  'gradient-imbalance': ['per-component-clipping', 'adagc', 'peri-ln', 'pre-ln', 'agc'],
  // What bounds the activations where they grow, rather than the steps that follow.
  attention: ['qk-norm', 'lower-learning-rate'],
  activations: ['peri-ln', 'qk-norm', 'rms-norm'],
  // Units that are dead can be told and brought back; norms keep others from it, but change the model.
  plasticity: ['redo', 'layer-norm-for-plasticity', 'continual-backprop'],
  'loss-zero': ['fp32-loss', 'stablemax', 'bf16-instead-of-fp16'],
  // Stopping changes nothing of how the model learns; much more decay is for data that repeat.
  overfitting: ['early-stopping', 'adamw-instead-of-adam', 'set-epoch', 'weight-decay-for-repeated-data'],
  'learning-rate': ['lower-learning-rate', 'add-warmup', 'scale-learning-rate-with-batch'],
  plateau: ['linear-decay', 'wsd-schedule', 'learning-rate-range-test', 'checkpoint-averaging'],
  oscillation: ['linear-decay', 'checkpoint-averaging', 'gradient-accumulation', 'raise-beta2'],
  precision: ['bf16-instead-of-fp16', 'fp32-loss', 'dynamic-loss-scale'],
  'worker-mismatch': ['set-epoch', 'per-rank-seeds'],
};

/** Whether a fix answers a symptom that a monitor has found; "other" is answered for monitors that the fix names. */
export function isAnswered(
  symptom: Symptom,
  monitor: string | null,
  { answers, answersMonitors = [] }: FixDescription,
): boolean {
  return answers.includes(symptom) && (symptom !== 'other' || (monitor !== null && answersMonitors.includes(monitor)));
}

/** The fixes that answer a symptom, the most fitting one first; none that something else found in the run rules out. */
export function fixesFor(
  symptom: Symptom,
  inRun: ReadonlySet<Symptom> = new Set(),
  monitor: string | null = null,
): readonly Fix[] {
  const first = FIRST[symptom] ?? [];
  const place = ({ description: { id } }: Fix) => (first.includes(id) ? first.indexOf(id) : first.length);
  const fits = ({ description }: Fix) =>
    isAnswered(symptom, monitor, description) && !description.ruledOutBy?.some((other) => inRun.has(other));
  return FIXES.filter((fix) => fits(fix)).sort((one, other) => place(one) - place(other));
}

/** Works out what a fix comes to in one file. Nothing is written; every refusal says why. */
export function applyFix(finder: LoopFinder, id: string, file: SourceFile, settings: FixSettings): FixOutcome {
  const fix = FIXES.find((candidate) => candidate.description.id === id);
  if (!fix) {
    return { kind: 'refused', reason: `There is no fix called "${id}".` };
  }
  const unknown = unknownSetting(fix.description, settings);
  if (unknown !== null) {
    return { kind: 'refused', reason: `The fix ${id} has no setting called "${unknown}".` };
  }
  const analysis = finder.analyse(file.text, file.language);
  const outcome = applyTo(fix, file, analysis, settings);
  return outcome.kind === 'edits' ? verify(outcome, fix, finder, file, analysis, settings) : outcome;
}

function applyTo(fix: Fix, file: SourceFile, analysis: SourceAnalysis, settings: FixSettings): FixOutcome {
  if (analysis.language === 'settings') {
    const at = file.line === undefined ? {} : { line: file.line };
    return applyToConfigurations(fix.description, { path: file.path, analysis, ...at }, settings);
  }
  return fix.apply({ path: file.path, analysis, ...(file.line === undefined ? {} : { line: file.line }) }, settings);
}

/** The last guard before an edit is offered: what comes of it must parse, and a second application must change nothing. */
function verify(
  outcome: Extract<FixOutcome, { kind: 'edits' }>,
  fix: Fix,
  finder: LoopFinder,
  file: SourceFile,
  before: SourceAnalysis,
  settings: FixSettings,
): FixOutcome {
  const text = applyEdits(file.text, outcome.edits);
  const after = finder.analyse(text, file.language);
  if (errorsIn(after) > errorsIn(before)) {
    return { kind: 'refused', reason: 'The edit would not leave a valid file behind; nothing was changed.' };
  }
  const { line: _line, ...whole } = file;
  const again = file.line === undefined ? applyTo(fix, { ...whole, text }, after, settings) : null;
  return again?.kind === 'edits'
    ? {
        kind: 'refused',
        reason: 'The edit would not be recognised when the fix is applied again; nothing was changed.',
      }
    : outcome;
}

function errorsIn(analysis: SourceAnalysis): number {
  if (analysis.language === 'settings') {
    return analysis.problem === null ? 0 : 1;
  }
  return countSyntaxErrors(analysis.root);
}
