import * as l10n from '@vscode/l10n';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { StepUnit } from '../../src/model/record.js';
import { formatStep, formatTick, formatValue } from '../format/numbers.js';
import { formatDuration, formatMoment, formatMomentTick } from '../format/times.js';
import type { HorizontalScale } from './horizontalScale.js';
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

/** The horizontal axis that all charts of the page share at a moment. */
export interface HorizontalPicture {
  readonly axis: AxisLabels;
  readonly view: Viewport;
  readonly scale: HorizontalScale;
  /** Nothing is logged between two whole steps. */
  readonly wholeSteps: boolean;
  /** What has no place on the logarithmic axis, at 0 and below, stands at the left edge of the view. */
  readonly zeroAtLeft: boolean;
}

export function horizontalTicks(picture: HorizontalPicture, width: number): LabelledTick[] {
  const { axis, view, scale, wholeSteps } = picture;
  const most = Math.max(2, Math.floor(width / HORIZONTAL_ROOM));
  if (scale.logarithmic) {
    return logarithmicHorizontalTicks(picture, most);
  }
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

function logarithmicHorizontalTicks(picture: HorizontalPicture, most: number): LabelledTick[] {
  const { axis, view, wholeSteps, zeroAtLeft } = picture;
  const counted = typeof axis === 'object' ? axis : undefined;
  const [from, to] = [view.from, view.to].map((place) => counted?.at(place) ?? place) as [number, number];
  const { values, step } = from > 0 ? logarithmicTicks(from, to, most) : linearTicks(from, to, most);
  const areWhole = counted ? counted.unit === 'tokens' : axis === 'step' && wholeSteps;
  const label = axis === 'relative-time' ? formatDuration : (value: number) => formatTick(value, step || value);
  const ticks = values
    .filter((value) => !areWhole || Number.isInteger(value))
    .map((value) => ({ value: counted?.stepOf(value) ?? value, label: label(value) }));
  return zeroAtLeft ? [{ value: view.from, label: '≤ 0' }, ...ticks] : ticks;
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
    const count =
      axis.unit === 'epoch'
        ? l10n.t('epoch {0}', formatValue(reached))
        : l10n.t('{0} tokens', formatStep(Math.round(reached)));
    return `${count} (${placeWords('step', x, unit)})`;
  }
  switch (axis) {
    case 'step':
      return unitWords(unit, formatStep(unit === 'epoch' ? x : Math.round(x)));
    case 'wall-time':
      return formatMoment(x);
    case 'relative-time':
      return l10n.t('{0} after the start', formatDuration(x));
  }
}

/** A stretch of the axis in words: `steps 4,000 to 4,400`. */
export function stretchWords(axis: AxisLabels, view: Viewport, unit: StepUnit): string {
  if (typeof axis === 'object') {
    return l10n.t('{0} to {1}', placeWords(axis, view.from, unit), placeWords(axis, view.to, unit));
  }
  switch (axis) {
    case 'step': {
      const step = linearTicks(view.from, view.to, 100).step;
      return unitStretchWords(unit, formatTick(view.from, step), formatTick(view.to, step));
    }
    case 'wall-time':
      return l10n.t('{0} to {1}', formatMoment(view.from), formatMoment(view.to));
    case 'relative-time':
      return l10n.t('{0} to {1} after the start', formatDuration(view.from), formatDuration(view.to));
  }
}

/** A place among what the log counts: `step 4,210`. */
export function unitWords(unit: StepUnit, place: string): string {
  switch (unit) {
    case 'step':
      return l10n.t('step {0}', place);
    case 'epoch':
      return l10n.t('epoch {0}', place);
    case 'row':
      return l10n.t('row {0}', place);
    case 'sample':
      return l10n.t('sample {0}', place);
    case 'token':
      return l10n.t('token {0}', place);
  }
}

function unitStretchWords(unit: StepUnit, from: string, to: string): string {
  switch (unit) {
    case 'step':
      return l10n.t('steps {0} to {1}', from, to);
    case 'epoch':
      return l10n.t('epochs {0} to {1}', from, to);
    case 'row':
      return l10n.t('rows {0} to {1}', from, to);
    case 'sample':
      return l10n.t('samples {0} to {1}', from, to);
    case 'token':
      return l10n.t('tokens {0} to {1}', from, to);
  }
}
