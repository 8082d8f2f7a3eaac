import type { Envelope, HorizontalAxis } from '../model/envelope.js';
import type { SegmentPart } from './segmentList.js';
import { lowerBound } from './storedSeries.js';
import type { StoredSeries } from './storedSeries.js';

/** Most non-finite points that an envelope lists one by one. */
const NON_FINITE_LISTED = 1000;
/** What the 16 bits of {@link Envelope.segment} can hold. */
const HIGHEST_SEGMENT = 0xffff;

/** Which stretch of a series is to be drawn, and how finely. */
export interface EnvelopeRequest {
  readonly axis: HorizontalAxis;
  /** In the axis' unit (steps, seconds since the epoch, seconds since {@link origin}); inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Most columns wanted; where more stretches than that lie in the range, each still gets its own. */
  readonly buckets: number;
}

/**
 * The envelope of a series. Columns hold a power of two of points and begin at multiples of it, so that a growing
 * series does not make the drawn ones flicker. Costs O(buckets · log n).
 * @param origin wall time at which relative time is zero.
 */
export function buildEnvelope(series: StoredSeries, request: EnvelopeRequest, origin: number): Envelope {
  const abscissa = abscissaOf(series, request.axis, origin);
  const parts = series
    .parts()
    .map((part) => clip(part, request, abscissa))
    .filter(({ from, to }) => from < to);
  const size = bucketSize(parts, Math.max(1, Math.floor(request.buckets)));
  return { ...columns(series, parts, size, abscissa), ...nonFinitePoints(series, parts, abscissa) };
}

type Abscissa = (index: number) => number;

function abscissaOf(series: StoredSeries, axis: HorizontalAxis, origin: number): Abscissa {
  switch (axis) {
    case 'step':
      return (index) => series.stepAt(index);
    case 'wall-time':
      return (index) => series.wallTimeAt(index);
    case 'relative-time':
      return (index) => series.wallTimeAt(index) - origin;
  }
}

/** Points outside the asked range left out. Points without an abscissa are none of it. */
function clip(part: SegmentPart, request: EnvelopeRequest, abscissa: Abscissa): SegmentPart {
  const low = request.from ?? -Infinity;
  const high = request.to ?? Infinity;
  const from = lowerBound(part.from, part.to, (index) => abscissa(index) >= low);
  const to = lowerBound(from, part.to, (index) => !(abscissa(index) <= high));
  return { ...part, from, to };
}

/** The smallest power of two of points a column for which there are no more columns than wanted. */
function bucketSize(parts: readonly SegmentPart[], wanted: number): number {
  const limit = Math.max(wanted, parts.length);
  let size = 1;
  while (countColumns(parts, size) > limit) {
    size *= 2;
  }
  return size;
}

function countColumns(parts: readonly SegmentPart[], size: number): number {
  return parts.reduce((sum, { from, to }) => sum + Math.ceil(to / size) - Math.floor(from / size), 0);
}

type Columns = Pick<Envelope, 'x' | 'xEnd' | 'minimum' | 'maximum' | 'last' | 'segment' | 'overwritten'>;

function columns(series: StoredSeries, parts: readonly SegmentPart[], size: number, abscissa: Abscissa): Columns {
  const count = countColumns(parts, size);
  const result = {
    x: new Float64Array(count),
    xEnd: new Float64Array(count),
    minimum: new Float64Array(count).fill(NaN),
    maximum: new Float64Array(count).fill(NaN),
    last: new Float64Array(count).fill(NaN),
    segment: new Uint16Array(count),
    overwritten: new Uint8Array(count),
  };
  let column = 0;
  for (const part of parts) {
    for (let from = part.from; from < part.to; column++) {
      const to = Math.min(part.to, (Math.floor(from / size) + 1) * size);
      result.x[column] = abscissa(from);
      result.xEnd[column] = abscissa(to - 1);
      result.segment[column] = Math.min(part.segment, HIGHEST_SEGMENT);
      result.overwritten[column] = part.overwritten ? 1 : 0;
      setValues(result, column, series, from, to);
      from = to;
    }
  }
  return result;
}

function setValues(result: Columns, column: number, series: StoredSeries, from: number, to: number): void {
  const extremes = series.extremes(from, to);
  if (extremes) {
    result.minimum[column] = series.valueAt(extremes.minimumAt);
    result.maximum[column] = series.valueAt(extremes.maximumAt);
    result.last[column] = series.valueAt(lastFinite(series, from, to));
  }
}

/** Index of the last finite value of a range that has one. */
function lastFinite(series: StoredSeries, from: number, to: number): number {
  const end = series.nonFiniteBefore(to);
  const finiteBeforeEnd = to - from - (end - series.nonFiniteBefore(from));
  return lowerBound(from, to, (index) => {
    const finite = index + 1 - from - (series.nonFiniteBefore(index + 1) - series.nonFiniteBefore(from));
    return finite >= finiteBeforeEnd;
  });
}

type NonFinitePoints = Pick<Envelope, 'nonFiniteX' | 'nonFiniteValue' | 'nonFiniteTotal'>;

/** All non-finite points of the stretches; evenly thinned where there are too many to list, the first always kept. */
function nonFinitePoints(series: StoredSeries, parts: readonly SegmentPart[], abscissa: Abscissa): NonFinitePoints {
  const spans = parts.map(({ from, to }) => ({
    first: series.nonFiniteBefore(from),
    end: series.nonFiniteBefore(to),
  }));
  const total = spans.reduce((sum, { first, end }) => sum + end - first, 0);
  const stride = Math.max(1, Math.ceil(total / NON_FINITE_LISTED));
  const places: number[] = [];
  let skip = 0;
  for (const { first, end } of spans) {
    let ordinal = first + skip;
    for (; ordinal < end; ordinal += stride) {
      places.push(series.nonFiniteAt(ordinal));
    }
    skip = ordinal - end;
  }
  return {
    nonFiniteX: Float64Array.from(places, abscissa),
    nonFiniteValue: Float64Array.from(places, (index) => series.valueAt(index)),
    nonFiniteTotal: total,
  };
}
