import type { Both, Parting } from '../contract/runComparison.js';
import type { Series } from '../model/series.js';
import { median } from '../signals/rise.js';

/** Shared steps over which two curves must differ to one side before they are said to have parted. */
const LASTING_STEPS = 20;
/** With fewer shared steps, nothing can be said but whether the values are equal. */
const LEAST_STEPS = 5;
/** Shared steps around a place from which its noise is taken: noise changes over a training. */
const NOISE_STEPS = 101;
/** Standard deviations of the difference by which the median difference must exceed what one step strays. */
const NOISE_FACTOR = 3;
/** Curves that do not waver part at this share of their size: single precision keeps seven digits. */
const LEAST_SHARE = 1e-6;
/** Places of long courses that are looked at first: each costs two sorted windows. */
const MOST_PLACES = 20_000;
/** Standard deviation of a normal quantity over its median absolute deviation. */
const DEVIATIONS_IN_MEDIAN = 1.4826;

/** Values by rising step, as they count now: what a resumed run wrote again is there once. */
export interface Course {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** A series without the steps that a later segment wrote again. */
export function courseOf(series: Series): Course {
  const kept: number[] = [];
  let next = Infinity;
  for (let index = series.length - 1; index >= 0; index--) {
    const step = series.stepAt(index);
    if (step < next) {
      kept.push(index);
      next = step;
    }
  }
  kept.reverse();
  return {
    steps: Float64Array.from(kept, (index) => series.stepAt(index)),
    values: Float64Array.from(kept, (index) => series.valueAt(index)),
  };
}

export interface SharedCourse {
  /** Steps that both courses have. */
  readonly steps: readonly number[];
  readonly values: Both<readonly number[]>;
  readonly firstDifference: number | null;
  readonly parting: Parting | null;
}

/**
 * Where two courses part: the first step that both have from which, for a stretch of shared steps, they differ to one
 * side, in the median by more than three times as much as single steps stray from their own courses. How far steps
 * stray is taken from second differences, which a slope does not enlarge (their variance is six times that of the
 * noise). Where one course stops being finite and the other does not, they part there.
 */
export function partingOf(one: Course, other: Course): SharedCourse {
  const { steps, values } = sharedSteps(one, other);
  const [first, second] = values;
  const differs = steps.findIndex((_step, index) => !Object.is(first[index]! + 0, second[index]! + 0));
  const from = differs < 0 ? -1 : firstParting(first, second, differs);
  return {
    steps,
    values,
    firstDifference: steps[differs] ?? null,
    parting:
      from < 0
        ? null
        : { step: steps[from]!, values: [first[from]!, second[from]!], noise: noiseAround(first, second, from) },
  };
}

function sharedSteps(one: Course, other: Course): Pick<SharedCourse, 'steps' | 'values'> {
  const steps: number[] = [];
  const values: [number[], number[]] = [[], []];
  let at = 0;
  one.steps.forEach((step, index) => {
    while (at < other.steps.length && other.steps[at]! < step) {
      at++;
    }
    if (other.steps[at] === step) {
      steps.push(step);
      values[0].push(one.values[index]!);
      values[1].push(other.values[at]!);
    }
  });
  return { steps, values };
}

function firstParting(one: readonly number[], other: readonly number[], from: number): number {
  if (one.length < LEAST_STEPS) {
    return -1;
  }
  const lasting = Math.min(LASTING_STEPS, Math.ceil(one.length / 2));
  const stride = Math.ceil(one.length / MOST_PLACES);
  const partsAt = (index: number): boolean =>
    index + lasting <= one.length &&
    oneSidedFrom(one, other, index, lasting) === lasting &&
    isBeyondNoise(one, other, index, lasting);
  for (let index = from; index < one.length; index++) {
    if (Number.isFinite(one[index]) !== Number.isFinite(other[index])) {
      return index;
    }
    if ((index - from) % stride === 0 && partsAt(index)) {
      const earlier = Array.from({ length: stride - 1 }, (_, back) => index - stride + 1 + back);
      return earlier.find((place) => place >= from && partsAt(place)) ?? index;
    }
  }
  return -1;
}

/** For how many steps from one on, at most so many, the difference keeps its sign. */
function oneSidedFrom(one: readonly number[], other: readonly number[], from: number, most: number): number {
  const sign = Math.sign(other[from]! - one[from]!);
  let count = 0;
  while (sign !== 0 && count < most && Math.sign(other[from + count]! - one[from + count]!) === sign) {
    count++;
  }
  return count;
}

function isBeyondNoise(one: readonly number[], other: readonly number[], from: number, count: number): boolean {
  const [own, others] = [one.slice(from, from + count), other.slice(from, from + count)];
  const difference = median(own.map((value, index) => Math.abs(others[index]! - value)));
  const size = Math.max(median(own.map(Math.abs)), median(others.map(Math.abs)));
  const noise = noiseAround(one, other, from);
  const here = Math.abs(other[from]! - one[from]!);
  return difference > Math.max(NOISE_FACTOR * noise, LEAST_SHARE * size) && here > noise;
}

/** How far single steps of the difference of two courses stray, as a standard deviation. */
function noiseAround(one: readonly number[], other: readonly number[], at: number): number {
  const start = Math.max(0, Math.min(at - (NOISE_STEPS >> 1), one.length - NOISE_STEPS));
  const [own, others] = [one, other].map((values) => straying(values.slice(start, start + NOISE_STEPS)));
  return Math.hypot(own ?? 0, others ?? 0);
}

function straying(values: readonly number[]): number {
  const bends = values
    .slice(2)
    .map((value, index) => Math.abs(value - 2 * values[index + 1]! + values[index]!))
    .filter((bend) => Number.isFinite(bend));
  return bends.length === 0 ? 0 : (DEVIATIONS_IN_MEDIAN * median(bends)) / Math.sqrt(6);
}
