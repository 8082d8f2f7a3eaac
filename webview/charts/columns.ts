import type { Envelope } from '../../src/model/envelope.js';
import type { Viewport } from './viewport.js';

/** An envelope together with the stretch of the axis that was asked for; no range: the whole series. */
export interface FetchedEnvelope {
  readonly envelope: Envelope;
  readonly range?: Viewport;
}

/** One vertical stroke of a curve: all points of a bucket. */
export interface Column {
  readonly x: number;
  readonly xEnd: number;
  /** NaN in all three when the bucket holds no finite value. */
  readonly minimum: number;
  readonly maximum: number;
  readonly last: number;
}

/** Columns that a line may connect. */
export interface Stretch {
  readonly segment: number;
  readonly overwritten: boolean;
  readonly columns: readonly Column[];
}

/**
 * What to draw: the fine columns inside their range, the coarse ones of the overview outside of it, so that a curve
 * never ends where the finer data does.
 */
export function stretchesOf(overview: Envelope, detail: FetchedEnvelope | undefined): Stretch[] {
  const range = detail?.range;
  const stretches: MutableStretch[] = [];
  if (!range) {
    append(stretches, detail?.envelope ?? overview, () => true);
    return stretches;
  }
  for (const segment of segmentsOf(overview, detail.envelope)) {
    const own = (envelope: Envelope, index: number) => envelope.segment[index] === segment;
    append(stretches, overview, (index) => own(overview, index) && overview.xEnd[index]! < range.from);
    append(stretches, detail.envelope, (index) => own(detail.envelope, index));
    append(stretches, overview, (index) => own(overview, index) && overview.x[index]! > range.to);
  }
  return stretches;
}

interface MutableStretch extends Stretch {
  readonly columns: Column[];
}

function segmentsOf(...envelopes: readonly Envelope[]): number[] {
  return [...new Set(envelopes.flatMap(({ segment }) => [...new Set(segment)]))].sort((a, b) => a - b);
}

function append(stretches: MutableStretch[], envelope: Envelope, wanted: (index: number) => boolean): void {
  for (let index = 0; index < envelope.x.length; index++) {
    if (wanted(index)) {
      stretchFor(stretches, envelope, index).columns.push(columnAt(envelope, index));
    }
  }
}

/** The stretch that a column continues, or a new one that begins at the end of the former where the run went on. */
function stretchFor(stretches: MutableStretch[], envelope: Envelope, index: number): MutableStretch {
  const segment = envelope.segment[index]!;
  const overwritten = envelope.overwritten[index] === 1;
  const current = stretches.at(-1);
  if (current?.segment === segment && current.overwritten === overwritten) {
    return current;
  }
  const joint = current?.segment === segment ? current.columns.at(-1) : undefined;
  const next: MutableStretch = { segment, overwritten, columns: joint ? [pointOf(joint)] : [] };
  stretches.push(next);
  return next;
}

function columnAt(envelope: Envelope, index: number): Column {
  return {
    x: envelope.x[index]!,
    xEnd: envelope.xEnd[index]!,
    minimum: envelope.minimum[index]!,
    maximum: envelope.maximum[index]!,
    last: envelope.last[index]!,
  };
}

/** The last point of a column, from which a ghosted line starts. */
function pointOf({ xEnd, last }: Column): Column {
  return { x: xEnd, xEnd, minimum: last, maximum: last, last };
}

/** Where the run went on after a stop: abscissa of the first point of each segment but the first. */
export function segmentStarts(envelope: Envelope): number[] {
  const starts: number[] = [];
  for (let index = 1; index < envelope.x.length; index++) {
    if (envelope.segment[index] !== envelope.segment[index - 1]) {
      starts.push(envelope.x[index]!);
    }
  }
  return starts;
}

/** Where the points of an envelope lie on the axis. */
export interface Places extends Viewport {
  /** Of the columns that begin above 0: where the first of them does; Infinity where none does. */
  readonly leastPositive: number;
}

const knownPlaces = new WeakMap<Envelope, Places>();

/** The stretch of the axis that an envelope covers; undefined when it is empty. */
export function placesOf(envelope: Envelope): Places | undefined {
  let places = knownPlaces.get(envelope);
  if (!places) {
    let from = Infinity;
    let to = -Infinity;
    let leastPositive = Infinity;
    for (let index = 0; index < envelope.x.length; index++) {
      const x = envelope.x[index]!;
      from = Math.min(from, x);
      to = Math.max(to, envelope.xEnd[index]!);
      leastPositive = x > 0 ? Math.min(leastPositive, x) : leastPositive;
    }
    places = { from, to, leastPositive };
    knownPlaces.set(envelope, places);
  }
  return places.from <= places.to ? places : undefined;
}

/** Envelopes of neighbouring stretches of one series, in rising order, as one. */
export function joinEnvelopes(parts: readonly Envelope[]): Envelope {
  const [only] = parts;
  if (only && parts.length === 1) {
    return only;
  }
  const order = parts
    .flatMap((part) => Array.from(part.segment, (segment, index) => ({ part, segment, index })))
    .sort((a, b) => a.segment - b.segment);
  const column = (name: 'x' | 'xEnd' | 'minimum' | 'maximum' | 'last') =>
    Float64Array.from(order, ({ part, index }) => part[name][index]!);
  return {
    x: column('x'),
    xEnd: column('xEnd'),
    minimum: column('minimum'),
    maximum: column('maximum'),
    last: column('last'),
    segment: Uint16Array.from(order, ({ segment }) => segment),
    overwritten: Uint8Array.from(order, ({ part, index }) => part.overwritten[index]!),
    nonFiniteX: Float64Array.from(parts.flatMap(({ nonFiniteX }) => [...nonFiniteX])),
    nonFiniteValue: Float64Array.from(parts.flatMap(({ nonFiniteValue }) => [...nonFiniteValue])),
    nonFiniteTotal: parts.reduce((sum, { nonFiniteTotal }) => sum + nonFiniteTotal, 0),
  };
}

/** What the curve reads at a place: the newest column that begins at or before it, of what is current. */
export function columnUnder(stretches: readonly Stretch[], x: number): Column | undefined {
  let found: Column | undefined;
  for (const { columns, overwritten } of stretches) {
    const column = columns[lastAtOrBefore(columns, x)];
    if (!overwritten && column && column.x >= (found?.x ?? -Infinity)) {
      found = column;
    }
  }
  return found;
}

function lastAtOrBefore(columns: readonly Column[], x: number): number {
  let low = 0;
  let high = columns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (columns[middle]!.x <= x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
