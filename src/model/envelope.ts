/**
 * The drawable form of a stretch of a series: at most `buckets` columns, each with the extremes of all points in it,
 * so that a spike of one step is never lost. Where a bucket holds one point, minimum, maximum and last are that point.
 * Typed arrays of one length; structured cloning carries them between threads and into webviews.
 */
export interface Envelope {
  /** Abscissa of the bucket's first point, in the unit that was asked for. */
  readonly x: Float64Array;
  /** Abscissa of the bucket's last point. */
  readonly xEnd: Float64Array;
  /** Of the finite values; NaN when the bucket has none. */
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
  readonly last: Float64Array;
  /** Number of the segment that the bucket belongs to; buckets never span two. */
  readonly segment: Uint16Array;
  /** 1 where a later segment wrote the same steps again. */
  readonly overwritten: Uint8Array;
  /** Non-finite points, one by one: where and which. Capped at 1,000; `nonFiniteTotal` counts all. */
  readonly nonFiniteX: Float64Array;
  /** NaN, Infinity or -Infinity. */
  readonly nonFiniteValue: Float64Array;
  readonly nonFiniteTotal: number;
}

export type HorizontalAxis = 'step' | 'wall-time' | 'relative-time';
