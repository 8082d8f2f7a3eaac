import type { FindingSummary, RunSummary } from '../../../src/contract/engineProtocol.js';

/** A finished, healthy run; tests name what they care about. */
export function runSummary(differences: Partial<RunSummary> = {}): RunSummary {
  return {
    id: differences.name ?? 'baseline',
    name: 'baseline',
    location: `/work/project/runs/${differences.name ?? 'baseline'}`,
    status: 'finished',
    format: 'jsonl',
    points: 4000,
    lastStep: 20_000,
    totalSteps: 20_000,
    stepsPerSecond: 3.1,
    lossRole: 'train/loss',
    lastLoss: 1.98,
    lossShape: [8, 6, 4, 3, 2],
    lastGradientNorm: 0.84,
    worst: null,
    findings: [],
    evaluated: 7,
    notEvaluated: 3,
    problems: 0,
    changed: 1_700_000_000,
    ...differences,
  };
}

export function findingSummary(differences: Partial<FindingSummary> = {}): FindingSummary {
  return {
    id: 'gradient-spike:1',
    monitor: 'gradient-spike',
    symptom: 'gradient-spike',
    severity: 'error',
    title: 'Gradient norm jumped 41-fold at step 4,210',
    explanation: 'The gradient norm jumped from 0.8 to 33 at step 4,210. The loss followed 3 steps later.',
    fromStep: 4210,
    toStep: 4216,
    open: true,
    fixes: ['clip-gradients'],
    ...differences,
  };
}
