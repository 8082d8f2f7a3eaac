import type { Role } from '../model/role.js';
import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';
import { describeTag } from './roles.js';

/** A signal whose role may change once: a part of the loss steps back when the total turns up. */
class RunSignal implements Signal {
  readonly ordinal: number;
  role: Role;
  readonly series: Series;
  readonly component: boolean;

  constructor(ordinal: number, role: Role, series: Series, component: boolean) {
    this.ordinal = ordinal;
    this.role = role;
    this.series = series;
    this.component = component;
  }
}

/**
 * The signals of one run in the order in which their tags appeared. Parts of a training loss (`train/box_loss`) are
 * judged as training losses as long as the log has no total, and become `other` as soon as it has.
 */
export class RunSignals {
  private readonly overrides: Readonly<Record<string, Role>>;
  private readonly list: RunSignal[] = [];
  private hasTotal = false;

  constructor(overrides: Readonly<Record<string, Role>>) {
    this.overrides = overrides;
  }

  get all(): readonly Signal[] {
    return this.list;
  }

  /** Takes in a series whose tag is new. */
  add(series: Series): Signal {
    const { role, component } = describeTag(series.tag, this.overrides);
    const signal = new RunSignal(this.list.length, component && this.hasTotal ? 'other' : role, series, component);
    this.list.push(signal);
    if (role === 'train/loss' && !component && !this.hasTotal) {
      this.hasTotal = true;
      for (const earlier of this.list) {
        if (earlier.component) {
          earlier.role = 'other';
        }
      }
    }
    return signal;
  }
}
