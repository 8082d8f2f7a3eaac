import type { RenewalSettings } from '../settings.js';
import { columnMeans } from '../tensor.js';
import type { HiddenLayer, HiddenUnits } from './hiddenUnits.js';
import type { Renewal } from './renewal.js';

/** What is remembered of the units of a layer. */
interface Known {
  readonly use: Float64Array;
  readonly mean: Float64Array;
  readonly age: Float64Array;
  /** Units that are to be renewed; what is left below one waits for the next steps. */
  due: number;
}

/**
 * Continual backpropagation (Dohare et al. 2024): at every step the least useful of the mature units begin anew. The use
 * of a unit is the running mean of its size times that of its outgoing weights.
 */
export class ContinualBackprop implements Renewal {
  private readonly settings: RenewalSettings;
  private readonly known = new Map<string, Known>();

  constructor(settings: RenewalSettings) {
    this.settings = settings;
  }

  asks(): boolean {
    return true;
  }

  apply(layer: HiddenLayer, outputs: Float32Array, units: HiddenUnits): ReadonlySet<number> {
    const { rate, decay, maturity } = this.settings;
    const known = this.knownOf(layer);
    const { use, mean, age } = known;
    const sizes = columnMeans(outputs, layer.units, Math.abs);
    const means = columnMeans(outputs, layer.units);
    const outgoing = units.outgoingSizes(layer);
    for (let unit = 0; unit < layer.units; unit++) {
      use[unit] = decay * use[unit]! + (1 - decay) * sizes[unit]! * outgoing[unit]!;
      mean[unit] = decay * mean[unit]! + (1 - decay) * means[unit]!;
      age[unit]! += 1;
    }
    // A running mean that began at zero is too small by this.
    const begun = (unit: number): number => 1 - decay ** age[unit]!;
    const mature = [...age.keys()].filter((unit) => age[unit]! > maturity);
    known.due += rate * mature.length;
    const count = Math.floor(known.due);
    known.due -= count;
    const chosen = new Set(
      mature.sort((one, other) => use[one]! / begun(one) - use[other]! / begun(other)).slice(0, count),
    );
    if (chosen.size > 0) {
      units.giveInstead(layer, new Map([...chosen].map((unit) => [unit, mean[unit]! / begun(unit)])));
      units.renew(layer, chosen);
      for (const unit of chosen) {
        use[unit] = mean[unit] = age[unit] = 0;
      }
    }
    return chosen;
  }

  private knownOf({ name, units }: HiddenLayer): Known {
    let known = this.known.get(name);
    if (known === undefined) {
      const zeros = (): Float64Array => new Float64Array(units);
      known = { use: zeros(), mean: zeros(), age: zeros(), due: 0 };
      this.known.set(name, known);
    }
    return known;
  }
}
