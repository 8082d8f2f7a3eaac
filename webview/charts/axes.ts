import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { StepUnit } from '../../src/model/record.js';
import { formatStep, formatTick, formatValue } from '../format/numbers.js';
import { formatDuration, formatMoment, formatMomentTick } from '../format/times.js';
import { linearTicks, logarithmicTicks, timeTicks } from './ticks.js';
import type { StepScale } from './stepScale.js';
import type { VerticalRange } from './verticalRange.js';
import type { Viewport } from './viewport.js';

/** What an axis is labelled with: what its places are, or a count that runs along with the steps. */
export type AxisLabels = HorizontalAxis | StepScale;

export interface LabelledTick {
  readonly value: number;
  readonly label: string;
}

/** Room that a label of an axis takes with the space around it, in pixels. */
const HORIZONTAL_ROOM = 92;
const VERTICAL_ROOM = 34;

/** @param wholeSteps nothing is logged between two whole steps. */
export function horizontalTicks(axis: AxisLabels, view: Viewport, width: number, wholeSteps: boolean): LabelledTick[] {
  const most = Math.max(2, Math.floor(width / HORIZONTAL_ROOM));
  if (typeof axis === 'object') {
    const { values, step } = linearTicks(axis.at(view.from), axis.at(view.to), most, axis.unit === 'tokens');
    return values.map((value) => ({ value: axis.stepOf(value), label: formatTick(value, step) }));
  }
  if (axis === 'step') {
    const { values, step } = linearTicks(view.from, view.to, most, wholeSteps);
    return values.map((value) => ({ value, label: formatTick(value, step) }));
  }
  const { values, step } = timeTicks(view.from, view.to, most);
  const label = axis === 'wall-time' ? (value: number) => formatMomentTick(value, step) : formatDuration;
  return values.map((value) => ({ value, label: label(value) }));
}

export function verticalTicks(logarithmic: boolean, range: VerticalRange, height: number): LabelledTick[] {
  const most = Math.max(2, Math.floor(height / VERTICAL_ROOM));
  const ticks = logarithmic ? logarithmicTicks(range.from, range.to, most) : linearTicks(range.from, range.to, most);
  return ticks.values.map((value) => ({ value, label: formatTick(value, ticks.step || value) }));
}

/** A place on the axis in words: `step 4,210`, `1 h 3 min after the start`. */
export function placeWords(axis: AxisLabels, x: number, unit: StepUnit): string {
  if (typeof axis === 'object') {
    const reached = axis.at(x);
    const count = axis.unit === 'epoch' ? `epoch ${formatValue(reached)}` : `${formatStep(Math.round(reached))} tokens`;
    return `${count} (${placeWords('step', x, unit)})`;
  }
  switch (axis) {
    case 'step':
      return `${unit} ${formatStep(unit === 'epoch' ? x : Math.round(x))}`;
    case 'wall-time':
      return formatMoment(x);
    case 'relative-time':
      return `${formatDuration(x)} after the start`;
  }
}

/** A stretch of the axis in words: `steps 4,000 to 4,400`. */
export function stretchWords(axis: AxisLabels, view: Viewport, unit: StepUnit): string {
  if (typeof axis === 'object') {
    return `${placeWords(axis, view.from, unit)} to ${placeWords(axis, view.to, unit)}`;
  }
  switch (axis) {
    case 'step': {
      const step = linearTicks(view.from, view.to, 100).step;
      return `${unit}s ${formatTick(view.from, step)} to ${formatTick(view.to, step)}`;
    }
    case 'wall-time':
      return `${formatMoment(view.from)} to ${formatMoment(view.to)}`;
    case 'relative-time':
      return `${formatDuration(view.from)} to ${formatDuration(view.to)} after the start`;
  }
}
