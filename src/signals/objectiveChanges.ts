import type { Signal } from '../model/signal.js';

/** A change of this share of all that the setting has moved so far is a jump. */
const JUMP_SHARE = 0.1;
const MOST_JUMPS = 256;

interface Setting {
  first: number;
  last: number;
  lowest: number;
  highest: number;
  /** Step at which it took its present value; NaN while it has had only one. */
  changedAt: number;
  readonly jumps: number[];
}

/**
 * When the run changed its own objective, as far as it logs that
 * (`objective-setting`). Only settings that never turned back count: one that
 * goes up and down, such as the length of each batch, is no schedule.
 */
export class ObjectiveChanges {
  private readonly settings = new Map<Signal, Setting>();

  push({ signal, step, value }: { readonly signal: Signal; readonly step: number; readonly value: number }): void {
    if (!Number.isFinite(value)) {
      return;
    }
    const setting = this.settings.get(signal);
    if (setting === undefined) {
      this.settings.set(signal, {
        first: value,
        last: value,
        lowest: value,
        highest: value,
        changedAt: Number.NaN,
        jumps: [],
      });
    } else if (value !== setting.last) {
      change(setting, step, value);
    }
  }

  /** The step at which the objective took its present form; undefined where it never changed. */
  get last(): number | undefined {
    const steps = this.schedules().map(({ changedAt }) => changedAt);
    return steps.length === 0 ? undefined : Math.max(...steps);
  }

  /** Whether a setting jumped between two steps, ends included. */
  jumpedBetween(from: number, to: number): boolean {
    return this.schedules().some(({ jumps }) => jumps.some((step) => step >= from && step <= to));
  }

  private schedules(): readonly Setting[] {
    return [...this.settings.values()].filter((setting) => !Number.isNaN(setting.changedAt) && goesOneWay(setting));
  }
}

function change(setting: Setting, step: number, value: number): void {
  const height = Math.abs(value - setting.last);
  setting.lowest = Math.min(setting.lowest, value);
  setting.highest = Math.max(setting.highest, value);
  setting.last = value;
  setting.changedAt = step;
  if (height >= JUMP_SHARE * (setting.highest - setting.lowest) && setting.jumps.length < MOST_JUMPS) {
    setting.jumps.push(step);
  }
}

/** It ends at its highest having begun at its lowest, or the other way round. */
function goesOneWay({ first, last, lowest, highest }: Setting): boolean {
  return (first === lowest && last === highest) || (first === highest && last === lowest);
}
