import { availableParallelism } from 'node:os';

/** Threads of one child: runs are many, so that cores are better spent on children. */
export const THREADS_A_CHILD = 1;

/** Children that this machine can train at a time. */
export function usualConcurrency(): number {
  return Math.max(1, Math.min(8, availableParallelism()));
}

export { armNamed, LAB_ARMS, withArms } from './arms/arms.js';
export type { Arm } from './arms/arm.js';
export { BACKENDS } from './backend.js';
export type { BackendId } from './backend.js';
export { readTask, trainShare } from './experiments/elsewhere.js';
export type { Elsewhere, LabTask, Share } from './experiments/elsewhere.js';
export type { Experiment } from './experiments/experiment.js';
export { readExperiment, withOtherArms } from './experiments/experimentFile.js';
export { experimentNamed, EXPERIMENTS, STANDARD_EXPERIMENT } from './experiments/experiments.js';
export { METRICS } from './experiments/metrics.js';
export { whyNoProxy } from './experiments/provocations.js';
export { proxyExperiment } from './experiments/proxy.js';
export type { RunFacts } from './experiments/proxy.js';
export type { Progress } from './experiments/queue.js';
export type { ArmVerdict, ExperimentResult } from './experiments/result.js';
export { runExperiment } from './experiments/runExperiment.js';
export type { RunSpecification } from './experiments/runStore.js';
export { childFile } from './host/child.js';
export { chooseBackend, probeBackend, probeLadder } from './host/backends.js';
export type { BackendState, LadderOptions } from './host/backends.js';
export { rankedByVerdicts, verdictsFor } from './trial/ranking.js';
export type { KnownVerdict } from './trial/ranking.js';
export { LabDiskError, tryFix } from './trial/tryFix.js';
export type { TrialOptions } from './trial/tryFix.js';
export type {
  FixVerdict,
  Reproduction,
  TrialEvent,
  TrialFinding,
  TrialFix,
  TrialPlan,
  TrialRecord,
  TrialRequest,
  TrialState,
  UntriedFix,
} from './trial/trial.js';
export { readTrials, trialId } from './trial/trialStore.js';
