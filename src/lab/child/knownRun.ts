import { settingsWith } from '../settings.js';

const quiet = { evaluateEvery: 1_000_000, detailEvery: 0, heldOut: 1 };

/** A few steps that every backend must take alike: all kinds of products, gathers and sums are in them. */
export const KNOWN_RUN = settingsWith({
  model: { kind: 'transformer', depth: 2, width: 32, heads: 4, context: 16, placement: 'peri', qkNorm: true },
  loss: { zLoss: 1e-4 },
  optimizer: { kind: 'adamw', learningRate: 1e-3 },
  steps: 3,
  batch: 4,
  measure: quiet,
});

/** The size at which backends are compared. */
export const TIMED_RUN = settingsWith({
  model: { kind: 'transformer', depth: 2, width: 64, heads: 4, context: 64 },
  optimizer: { kind: 'adamw', learningRate: 1e-3 },
  steps: 1000,
  batch: 8,
  measure: quiet,
});
