import { FiniteLevels } from './finiteLevels.js';
import type { LastStretch } from './lastStretch.js';
import { lastStretch } from './lastStretch.js';
import { levelBetween } from './levelShares.js';
import type { Signal } from '../model/signal.js';
import { activationOf } from './layerNames.js';

/** Levels kept of a layer: there may be thousands of layers. */
const LAYER_LEVELS = 32;

/** The share (0 to 1) of a layer's units that are in some state, as logged; percentages are taken for what they are. */
export class LayerShare extends FiniteLevels {
  /** Some programs log percentages. */
  private unit = 1;

  constructor(signal: Signal) {
    super(signal, LAYER_LEVELS);
  }

  get layer(): string {
    return activationOf(this.signal.role).layer;
  }

  override push(point: { readonly step: number; readonly value: number }): void {
    if (point.value > PERCENTAGES_FROM) {
      this.unit = 100;
    }
    super.push(point);
  }

  /** Share when the first rows had settled. */
  get start(): number {
    return levelBetween(this.history.levels, 0, START_SHARE) / this.unit;
  }

  /** The stretch up to now over which at least this share of the units was in the state. */
  stretchAbove(share: number): LastStretch | undefined {
    const found = lastStretch(this.history.levels, (level) => level >= share * this.unit);
    return found === undefined ? undefined : { ...found, level: found.level / this.unit };
  }

  /** The value as logged of a share. */
  logged(share: number): number {
    return share * this.unit;
  }
}

const START_SHARE = 0.1;
/** A share of units cannot be larger than 1, but for rounding. */
const PERCENTAGES_FROM = 1.5;
