import type { ExperimentOutcome } from '../../../src/contract/labExperiment.js';

/** Two arms, one of which has neither a sensitivity nor a run at every rate. */
export const SWEEP: ExperimentOutcome = {
  title: 'Final loss over learning rates',
  proxy: { parameters: 40_896, rules: ['Warmup over 10 % of the run.'] },
  backend: 'wasm',
  seeds: [0, 1],
  verdicts: [],
  sensitivities: [
    {
      arm: 'baseline',
      sensitivity: 0.75,
      unit: 'nats of held-out loss',
      points: [
        { learningRate: 0.001, losses: [2, 2.2] },
        { learningRate: 0.01, losses: [1.5, 1.7] },
        { learningRate: 0.1, losses: [Number.NaN, 4] },
      ],
    },
    {
      arm: `qk-norm-${'with-a-name-that-goes-on-'.repeat(6)}`,
      sensitivity: null,
      unit: 'nats of held-out loss',
      points: [
        { learningRate: 0.001, losses: [2.1] },
        { learningRate: 0.01, losses: [1.6] },
        { learningRate: 0.1, losses: [] },
      ],
    },
  ],
  missing: 0,
  problems: [],
};
