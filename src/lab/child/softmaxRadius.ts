import type { Batch } from '../data/batch.js';
import { globalNorm } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import type { Model } from './model.js';

/** Length of the difference by which the change of logits along the update is told: of the update, and of the weights at most. */
const SHARE_OF_UPDATE = 0.05;
const SHARE_OF_WEIGHTS = 0.002;

/**
 * r = ‖p‖ Δ / π: the spread of the logits' predicted change over the radius within which the series of softmax converges
 * (Sao 2026). Below one a step is harmless.
 * @param parameters the weights that the update has led to.
 * @param update what was added to them; zero where there was no step.
 */
export async function stepOverRadius(
  model: Model,
  parameters: readonly Parameter[],
  batch: Batch,
  update: readonly Float32Array[],
): Promise<number> {
  const length = globalNorm(update);
  if (length === 0) {
    return 0;
  }
  // Logits are far from linear over a share of a step that is many times too long.
  const size = globalNorm(
    parameters.map(({ values }, index) => values.map((value, at) => value - update[index]![at]!)),
  );
  const little = Math.min(SHARE_OF_UPDATE, (SHARE_OF_WEIGHTS * size) / length);
  const moved = (factor: number): Parameter[] =>
    parameters.map((parameter, index) => ({
      ...parameter,
      values: parameter.values.map((value, at) => value + factor * update[index]![at]!),
    }));
  // The update has been made: what it predicted is told at where it began.
  const [ahead, behind] = [
    await model.outputs(moved(little - 1), batch),
    await model.outputs(moved(-little - 1), batch),
  ];
  let widest = 0;
  for (let row = 0; row < ahead.values.length; row += ahead.classes) {
    let [least, most] = [Infinity, -Infinity];
    for (let at = row; at < row + ahead.classes; at++) {
      const change = (ahead.values[at]! - behind.values[at]!) / (2 * little);
      least = Math.min(least, change);
      most = Math.max(most, change);
    }
    widest = Math.max(widest, most - least);
  }
  return widest / Math.PI;
}
