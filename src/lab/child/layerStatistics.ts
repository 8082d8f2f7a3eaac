import type { LabSettings } from '../settings.js';
import { dormantUnits } from '../renewal/redo.js';
import { absoluteMaximum, columnMeans } from '../tensor.js';
import { effectiveRank } from './effectiveRank.js';
import type { Observation } from './observation.js';

/** Share of the mean activity of a layer below which a unit is dormant (Sokar et al. 2023: tau = 0.025). */
const DORMANT_SHARE = 0.025;

/** What an observation comes to, by tag. */
export async function layerStatistics(
  observation: Observation,
  settings: LabSettings,
): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [tag, tensor] of observation.numbers) {
    values[tag] = (await tensor.data())[0]!;
  }
  for (const [name, tensor] of observation.layers) {
    const outputs = (await tensor.data()) as Float32Array;
    const width = tensor.shape.at(-1)!;
    const { mean, variance } = moments(outputs);
    values[`activation/${name}/mean`] = mean;
    values[`activation/${name}/var`] = variance;
    values[`activation/${name}/absmax`] = absoluteMaximum(outputs);
    if (settings.model.kind !== 'transformer' || name.endsWith('mlp')) {
      values[`activation/${name}/dormant`] = dormantShare(outputs, width);
    }
    if (settings.measure.curvatureEvery > 0) {
      values[`activation/${name}/rank`] = effectiveRank(outputs, width);
    }
  }
  return values;
}

function moments(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

/** Share of the units whose mean activity is little against the layer's (Sokar et al. 2023). */
export function dormantShare(outputs: Float32Array, width: number): number {
  return dormantUnits(columnMeans(outputs, width, Math.abs), DORMANT_SHARE).length / width;
}
