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

/** A column projected to pixels; `top` is the maximum. */
interface Stroke {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly last: number;
}

const BAND_OPACITY = 0.28;
const GHOST_OPACITY = 0.35;
const GHOST_DASH = [3, 3];
/** An extreme that stands out by so many pixels, and by more than its neighbours are high, gets a stroke of its own. */
const SPIKE_PIXELS = 4;
/** Points are marked where they stand further apart than this. */
const MARKER_SPACING = 14;
const MARKER_RADIUS = 2.5;

/** Draws the extremes of every column as a band, the line of last values over it, and sparse points as markers. */
export function drawCurve(
  context: CanvasRenderingContext2D,
  stretches: readonly Stretch[],
  style: CurveStyle,
  projection: Projection,
): void {
  context.save();
  context.strokeStyle = style.colour;
  context.fillStyle = style.colour;
  context.lineJoin = 'round';
  for (const stretch of stretches) {
    const opacity = stretch.overwritten ? GHOST_OPACITY : 1;
    for (const strokes of connected(stretch.columns, projection)) {
      drawBand(context, strokes, opacity);
      drawLine(context, strokes, opacity, stretch.overwritten ? GHOST_DASH : style.dash);
      drawSpikes(context, strokes, opacity);
      drawMarkers(context, strokes, opacity, style.marker);
    }
  }
  context.restore();
}

/** Runs of columns with finite values, in pixels; what is far outside of the chart is left out. */
function connected(columns: readonly Column[], projection: Projection): Stroke[][] {
  const runs: Stroke[][] = [[]];
  const visible = inView(columns, projection);
  for (const column of visible) {
    if (Number.isFinite(column.minimum)) {
      runs.at(-1)!.push(strokeOf(column, projection));
    } else {
      runs.push([]);
    }
  }
  return runs.filter((run) => run.length > 0);
}

/** The columns in view and one on either side. */
function inView(columns: readonly Column[], { x, left, right }: Projection): readonly Column[] {
  const first = columns.findIndex((column) => x(column.xEnd) >= left);
  const last = columns.findLastIndex((column) => x(column.x) <= right);
  return first < 0 || last < 0
    ? columns.slice(first < 0 ? -1 : 0, last < 0 ? 1 : undefined)
    : columns.slice(Math.max(0, first - 1), last + 2);
}

function strokeOf(column: Column, { x, y, floor, onlyPositive }: Projection): Stroke {
  const place = (value: number) => (onlyPositive && value <= 0 ? floor : y(value));
  return {
    left: x(column.x),
    right: x(column.xEnd),
    top: place(column.maximum),
    bottom: place(column.minimum),
    last: place(column.last),
  };
}

function drawBand(context: CanvasRenderingContext2D, strokes: readonly Stroke[], opacity: number): void {
  if (!strokes.some(({ top, bottom }) => bottom - top > 1)) {
    return;
  }
  context.globalAlpha = opacity * BAND_OPACITY;
  context.beginPath();
  for (const { left, right, top } of strokes) {
    context.lineTo(left, top);
    context.lineTo(right, top);
  }
  for (const { left, right, bottom } of strokes.toReversed()) {
    context.lineTo(right, bottom);
    context.lineTo(left, bottom);
  }
  context.closePath();
  context.fill();
}

function drawLine(
  context: CanvasRenderingContext2D,
  strokes: readonly Stroke[],
  opacity: number,
  dash: readonly number[],
): void {
  context.globalAlpha = opacity;
  context.lineWidth = 1.5;
  context.setLineDash([...dash]);
  context.beginPath();
  for (const { right, last } of strokes) {
    context.lineTo(right, last);
  }
  context.stroke();
  context.setLineDash([]);
}

/** A band one step wide is thinner than a pixel: what stands out of its neighbours is drawn in full colour. */
function drawSpikes(context: CanvasRenderingContext2D, strokes: readonly Stroke[], opacity: number): void {
  context.globalAlpha = opacity;
  context.lineWidth = 1;
  context.beginPath();
  strokes.forEach((stroke, index) => {
    const before = strokes[index - 1] ?? strokes[index + 1] ?? stroke;
    const after = strokes[index + 1] ?? before;
    // On the middle of a pixel, so that the stroke keeps its full colour.
    const middle = Math.floor((stroke.left + stroke.right) / 2) + 0.5;
    const above = Math.min(before.top, after.top, stroke.last);
    const below = Math.max(before.bottom, after.bottom, stroke.last);
    const least = Math.max(SPIKE_PIXELS, before.bottom - before.top, after.bottom - after.top);
    if (above - stroke.top > least) {
      context.moveTo(middle, above);
      context.lineTo(middle, stroke.top);
    }
    if (stroke.bottom - below > least) {
      context.moveTo(middle, below);
      context.lineTo(middle, stroke.bottom);
    }
  });
  context.stroke();
}

function drawMarkers(
  context: CanvasRenderingContext2D,
  strokes: readonly Stroke[],
  opacity: number,
  marker: Marker,
): void {
  const width = strokes.at(-1)!.right - strokes[0]!.left;
  if (strokes.length > 1 && width / (strokes.length - 1) < MARKER_SPACING) {
    return;
  }
  context.globalAlpha = opacity;
  for (const { right, last } of strokes) {
    context.beginPath();
    traceMarker(context, marker, right, last);
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
