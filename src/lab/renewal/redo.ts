import type { RenewalSettings } from '../settings.js';
import { columnMeans } from '../tensor.js';
import type { HiddenLayer, HiddenUnits } from './hiddenUnits.js';
import type { Renewal } from './renewal.js';

/** Units whose size is at most the threshold's share of the layer's mean size (Sokar et al. 2023, definition 3.1). */
export function dormantUnits(sizes: Float64Array, threshold: number): number[] {
  const usual = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return [...sizes.keys()].filter((unit) => sizes[unit]! <= threshold * usual);
}

/** ReDo (Sokar et al. 2023): every so many steps dormant units are recycled. */
export class ReDo implements Renewal {
  private readonly settings: RenewalSettings;

  constructor(settings: RenewalSettings) {
    this.settings = settings;
  }

  asks(step: number): boolean {
    return (step + 1) % this.settings.interval === 0;
  }

  apply(layer: HiddenLayer, outputs: Float32Array, units: HiddenUnits): ReadonlySet<number> {
    const dormant = new Set(dormantUnits(columnMeans(outputs, layer.units, Math.abs), this.settings.threshold));
    units.renew(layer, dormant);
    return dormant;
  }
}
