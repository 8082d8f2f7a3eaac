import type { Envelope } from '../../src/model/envelope.js';

/** What a run may count besides its steps. */
export type StepScaleUnit = 'epoch' | 'tokens';

/** A second reading of the step axis: curves stay where their steps are, labels count epochs or tokens. */
export interface StepScale {
  readonly unit: StepScaleUnit;
  /** What is reached at a step; beyond the known steps, what the last of them says. */
  at(step: number): number;
  /** The first step at which so much is reached. */
  stepOf(value: number): number;
}

/**
 * The scale along the signal that logs epochs or tokens, from its envelope over steps; undefined where it has fewer
 * than two points. A count that falls (a resumed run that began again) is held at what was reached.
 */
export function stepScale(unit: StepScaleUnit, envelope: Envelope): StepScale | undefined {
  const steps: number[] = [];
  const values: number[] = [];
  for (let index = 0; index < envelope.x.length; index++) {
    const step = envelope.xEnd[index]!;
    const value = envelope.last[index]!;
    if (envelope.overwritten[index] === 0 && Number.isFinite(value) && step > (steps.at(-1) ?? -Infinity)) {
      steps.push(step);
      values.push(Math.max(value, values.at(-1) ?? value));
    }
  }
  if (steps.length < 2) {
    return undefined;
  }
  return {
    unit,
    at: (step) => interpolate(steps, values, step),
    stepOf: (value) => interpolate(values, steps, value),
  };
}

/** `to` at a place of `from`, which never falls; held at both ends. */
function interpolate(from: readonly number[], to: readonly number[], place: number): number {
  let low = 0;
  let high = from.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (from[middle]! < place) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = Math.max(0, low - 1);
  const span = from[low]! - from[before]!;
  const share = span > 0 ? Math.min(1, Math.max(0, (place - from[before]!) / span)) : 1;
  return to[before]! + (to[low]! - to[before]!) * share;
}
