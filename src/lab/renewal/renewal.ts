import type { RenewalSettings } from '../settings.js';
import { ContinualBackprop } from './continualBackprop.js';
import type { HiddenLayer, HiddenUnits } from './hiddenUnits.js';
import { ReDo } from './redo.js';

/** Renews hidden units behind a step of the optimizer. */
export interface Renewal {
  /** Whether the outputs of the layers at this step are asked for. */
  asks(step: number): boolean;
  /**
   * Renews what is due of a layer, in place.
   * @param outputs of the layer at this step, `[rows, units]`.
   * @returns the units that began anew.
   */
  apply(layer: HiddenLayer, outputs: Float32Array, units: HiddenUnits): ReadonlySet<number>;
}

/** The renewal that the settings ask for; undefined where they ask for none. */
export function makeRenewal(settings: RenewalSettings): Renewal | undefined {
  switch (settings.kind) {
    case 'none':
      return undefined;
    case 'redo':
      return new ReDo(settings);
    case 'continual-backprop':
      return new ContinualBackprop(settings);
  }
}
