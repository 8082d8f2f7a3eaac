import type { Column, Stretch } from './columns.js';

export interface CurveStyle {
  readonly colour: string;
  /** Lengths of strokes and gaps; empty: solid. */
  readonly dash: readonly number[];
  readonly marker: Marker;
}

export type Marker = 'circle' | 'square' | 'triangle' | 'diamond';

/** From values to pixels. */
export interface Projection {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Pixel at which values end up that have no place on a logarithmic axis. */
  readonly floor: number;
  readonly left: number;
  readonly right: number;
  readonly onlyPositive: boolean;
}

/**
 * Columns projected to pixels, `top` from the maximum. Kept and filled again for each drawing: a picture is drawn at
 * every frame of a zoom, and objects for its columns would be gone at the next.
 */
interface Strokes {
  length: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly top: Float64Array;
  readonly bottom: Float64Array;
  readonly last: Float64Array;
}

const BAND_OPACITY = 0.28;
const GHOST_OPACITY = 0.35;
/** Of what was logged, under its smoothed curve: plain to see, and told from it. */
const UNDER_SMOOTHED_OPACITY = 0.45;
const GHOST_DASH = [3, 3];
/** An extreme that stands out by so many pixels, and by more than its neighbours are high, gets a stroke of its own. */
const SPIKE_PIXELS = 4;
/** Points are marked where they stand further apart than this. */
const MARKER_SPACING = 14;
const MARKER_RADIUS = 2.5;
/** Columns closer than this are drawn pixel by pixel: filling their outline would cost a hundred times as much. */
const DENSE_SPACING = 1.5;
/** A solid line is stroked in parts of so many columns: the cost of one long zigzag grows faster than its length. */
const LINE_PART = 24;

let strokes = newStrokes(4096);

/**
 * Draws the extremes of every column as a band, the line of last values over it, and sparse points as markers.
 * @param smoothed a value for each column of each stretch, drawn over all of that, which then stands back but stays.
 */
export function drawCurve(
  context: CanvasRenderingContext2D,
  stretches: readonly Stretch[],
  style: CurveStyle,
  projection: Projection,
  smoothed?: readonly Float64Array[],
): void {
  context.save();
  context.strokeStyle = style.colour;
  context.fillStyle = style.colour;
  for (const stretch of stretches) {
    drawStretch(context, stretch, style, projection, smoothed ? UNDER_SMOOTHED_OPACITY : 1);
  }
  stretches.forEach(({ columns }, index) => {
    drawSmoothed(context, columns, smoothed?.[index], style, projection);
  });
  context.restore();
}

function drawSmoothed(
  context: CanvasRenderingContext2D,
  columns: readonly Column[],
  smoothed: Float64Array | undefined,
  { dash }: CurveStyle,
  projection: Projection,
): void {
  if (!smoothed) {
    return;
  }
  const { x, y, floor, onlyPositive } = projection;
  const [first, end] = inView(columns, projection);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.setLineDash([...dash]);
  context.beginPath();
  let isDown = false;
  for (let index = first; index < end; index++) {
    const value = smoothed[index]!;
    if (Number.isNaN(value)) {
      isDown = false;
      continue;
    }
    const height = onlyPositive && value <= 0 ? floor : y(value);
    const place = x(columns[index]!.xEnd);
    if (isDown) {
      context.lineTo(place, height);
    } else {
      context.moveTo(place, height);
    }
    isDown = true;
  }
  context.stroke();
  context.setLineDash([]);
}

function drawStretch(
  context: CanvasRenderingContext2D,
  { columns, overwritten }: Stretch,
  style: CurveStyle,
  projection: Projection,
  strength: number,
): void {
  const opacity = strength * (overwritten ? GHOST_OPACITY : 1);
  const [first, end] = inView(columns, projection);
  for (let index = first; index < end;) {
    index = projectRun(columns, index, end, projection);
    if (strokes.length > 0) {
      drawBand(context, opacity);
      drawLine(context, opacity, overwritten ? GHOST_DASH : style.dash);
      drawSpikes(context, opacity);
      drawMarkers(context, opacity, style.marker);
    }
  }
}

/** From the column before the first in view to behind the one after the last. */
function inView(columns: readonly Column[], { x, left, right }: Projection): [first: number, end: number] {
  const first = firstThat(columns, (column) => x(column.xEnd) >= left);
  const end = firstThat(columns, (column) => x(column.x) > right);
  return [Math.max(0, first - 1), Math.min(columns.length, end + 1)];
}

/** Index of the first column with a property that all after it have too. */
function firstThat(columns: readonly Column[], holds: (column: Column) => boolean): number {
  let low = 0;
  let high = columns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(columns[middle]!)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** Projects the finite columns from `index` on, up to a gap; gives the index after it. */
function projectRun(columns: readonly Column[], index: number, end: number, projection: Projection): number {
  const { x, y, floor, onlyPositive } = projection;
  const place = (value: number) => (onlyPositive && value <= 0 ? floor : y(value));
  if (strokes.left.length < end - index) {
    strokes = newStrokes(2 * (end - index));
  }
  let length = 0;
  for (; index < end && Number.isFinite(columns[index]!.minimum); index++, length++) {
    const column = columns[index]!;
    strokes.left[length] = x(column.x);
    strokes.right[length] = x(column.xEnd);
    strokes.top[length] = place(column.maximum);
    strokes.bottom[length] = place(column.minimum);
    strokes.last[length] = place(column.last);
  }
  strokes.length = length;
  return index < end && !Number.isFinite(columns[index]!.minimum) ? index + 1 : index;
}

function newStrokes(capacity: number): Strokes {
  const column = (): Float64Array => new Float64Array(capacity);
  return { length: 0, left: column(), right: column(), top: column(), bottom: column(), last: column() };
}

/** Distance between two columns in pixels, on average; Infinity for a single one. */
function spacing(): number {
  const { length, left, right } = strokes;
  return length > 1 ? (right[length - 1]! - left[0]!) / (length - 1) : Infinity;
}

function drawBand(context: CanvasRenderingContext2D, opacity: number): void {
  if (isFlat()) {
    return;
  }
  context.globalAlpha = opacity * BAND_OPACITY;
  if (spacing() < DENSE_SPACING) {
    fillPixelColumns(context);
  } else {
    fillOutline(context);
  }
}

function isFlat(): boolean {
  for (let index = 0; index < strokes.length; index++) {
    if (strokes.bottom[index]! - strokes.top[index]! > 1) {
      return false;
    }
  }
  return true;
}

/** One rectangle on whole pixels for all columns that begin in it: they fill without antialiasing and never overlap. */
function fillPixelColumns(context: CanvasRenderingContext2D): void {
  const { length, left, top, bottom } = strokes;
  for (let index = 0; index < length;) {
    const pixel = Math.floor(left[index]!);
    let highest = Infinity;
    let lowest = -Infinity;
    for (; index < length && Math.floor(left[index]!) === pixel; index++) {
      highest = Math.min(highest, top[index]!);
      lowest = Math.max(lowest, bottom[index]!);
    }
    const next = index < length ? Math.floor(left[index]!) : pixel + 1;
    const upper = Math.floor(highest);
    context.fillRect(pixel, upper, next - pixel, Math.max(1, Math.ceil(lowest) - upper));
  }
}

function fillOutline(context: CanvasRenderingContext2D): void {
  const { length, left, right, top, bottom } = strokes;
  context.beginPath();
  for (let index = 0; index < length; index++) {
    context.lineTo(left[index]!, top[index]!);
    context.lineTo(right[index]!, top[index]!);
  }
  for (let index = length - 1; index >= 0; index--) {
    context.lineTo(right[index]!, bottom[index]!);
    context.lineTo(left[index]!, bottom[index]!);
  }
  context.closePath();
  context.fill();
}

function drawLine(context: CanvasRenderingContext2D, opacity: number, dash: readonly number[]): void {
  context.globalAlpha = opacity;
  context.lineWidth = 1.5;
  // Round joins of a thousand segments a pixel long are most of what a picture costs, and can't be seen.
  context.lineJoin = spacing() < DENSE_SPACING ? 'bevel' : 'round';
  context.setLineDash([...dash]);
  // Parts overlap where they meet, which shows in a line that is not opaque.
  const part = dash.length === 0 && opacity === 1 ? LINE_PART : strokes.length;
  for (let start = 0; start === 0 || start + 1 < strokes.length; start += part) {
    context.beginPath();
    const end = Math.min(start + part, strokes.length - 1);
    for (let index = start; index <= end; index++) {
      context.lineTo(strokes.right[index]!, strokes.last[index]!);
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/** A band one step wide is thinner than a pixel: what stands out of its neighbours is drawn in full colour. */
function drawSpikes(context: CanvasRenderingContext2D, opacity: number): void {
  const { length, left, right, top, bottom, last } = strokes;
  context.globalAlpha = opacity;
  context.lineWidth = 1;
  context.beginPath();
  for (let index = 0; index < length; index++) {
    const before = index > 0 ? index - 1 : Math.min(1, length - 1);
    const after = index + 1 < length ? index + 1 : before;
    // On the middle of a pixel, so that the stroke keeps its full colour.
    const middle = Math.floor((left[index]! + right[index]!) / 2) + 0.5;
    const above = Math.min(top[before]!, top[after]!, last[index]!);
    const below = Math.max(bottom[before]!, bottom[after]!, last[index]!);
    const least = Math.max(SPIKE_PIXELS, bottom[before]! - top[before]!, bottom[after]! - top[after]!);
    if (above - top[index]! > least) {
      context.moveTo(middle, above);
      context.lineTo(middle, top[index]!);
    }
    if (bottom[index]! - below > least) {
      context.moveTo(middle, below);
      context.lineTo(middle, bottom[index]!);
    }
  }
  context.stroke();
}

function drawMarkers(context: CanvasRenderingContext2D, opacity: number, marker: Marker): void {
  if (spacing() < MARKER_SPACING) {
    return;
  }
  context.globalAlpha = opacity;
  for (let index = 0; index < strokes.length; index++) {
    context.beginPath();
    traceMarker(context, marker, strokes.right[index]!, strokes.last[index]!);
    context.fill();
  }
}

/** Adds the outline of a marker to the path. */
export function traceMarker(
  context: Pick<CanvasRenderingContext2D, 'moveTo' | 'lineTo' | 'arc' | 'rect' | 'closePath'>,
  marker: Marker,
  x: number,
  y: number,
  radius = MARKER_RADIUS,
): void {
  switch (marker) {
    case 'circle':
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
      return;
    case 'square':
      context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      return;
    case 'triangle':
      context.moveTo(x, y - radius * 1.25);
      context.lineTo(x + radius * 1.2, y + radius);
      context.lineTo(x - radius * 1.2, y + radius);
      context.closePath();
      return;
    case 'diamond':
      context.moveTo(x, y - radius * 1.35);
      context.lineTo(x + radius * 1.35, y);
      context.lineTo(x, y + radius * 1.35);
      context.lineTo(x - radius * 1.35, y);
      context.closePath();
      return;
  }
}
