import type { Severity } from '../../src/model/finding.js';
import type { ChartTheme } from './theme.js';

/** The plot's box and its horizontal projection, in pixels. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  x(value: number): number;
}

/** A finding as a stretch of the horizontal axis. */
export interface Band {
  readonly finding: string;
  readonly severity: Severity;
  readonly from: number;
  readonly to: number;
  readonly selected: boolean;
}

export interface NonFiniteMark {
  readonly x: number;
  /** NaN, Infinity or -Infinity. */
  readonly value: number;
}

/** A wide band in full tint would drown the curves in it. */
const BAND_OPACITY = { selected: 0.22, selectedWide: 0.09, other: 0.07 } as const;
const WIDE_SHARE = 0.3;
/** The selected band has a bar along its top, which shows its extent where the tint is faint. */
const BAR_HEIGHT = 3;
/** Findings of a single step are drawn so wide at least. */
const NARROWEST_BAND = 3;
const MARK_HALF = 3.5;
/** From the top of the plot to the middle of the signs. */
const SIGN_OFFSET = 11;
/** Marks closer together are one row of ticks, so that they stay readable. */
const MARK_SPACING = 9;
/** Labels of segments need so much room. */
const LABEL_SPACING = 90;

/** Draws the findings behind the curves: tinted, with an edge where each begins and its sign on top. */
export function drawBands(
  context: CanvasRenderingContext2D,
  bands: readonly Band[],
  plot: Plot,
  theme: ChartTheme,
): void {
  context.save();
  clipTo(context, plot);
  const isOneSelected = bands.some(({ selected }) => selected);
  for (const band of bands.toSorted((a, b) => Number(a.selected) - Number(b.selected))) {
    // Tints over one another are a colour of nothing: beside a chosen finding the others have their edges alone.
    drawBand(context, band, plot, theme, band.selected || !isOneSelected);
  }
  context.restore();
}

function drawBand(
  context: CanvasRenderingContext2D,
  band: Band,
  plot: Plot,
  theme: ChartTheme,
  isTinted: boolean,
): void {
  const { left, right } = bandPixels(band, plot);
  if (right < plot.left || left > plot.right) {
    return;
  }
  const colour = theme.severity[band.severity];
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.globalAlpha = tint(band, Math.min(right, plot.right) - Math.max(left, plot.left), plot);
  if (isTinted) {
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
  }
  if (band.selected) {
    context.globalAlpha = 0.9;
    context.fillRect(left, plot.top, right - left, BAR_HEIGHT);
  }
  context.globalAlpha = band.selected ? 0.9 : 0.45;
  context.lineWidth = 1;
  context.setLineDash(band.selected ? [] : [2, 3]);
  context.beginPath();
  for (const edge of [left, right]) {
    context.moveTo(Math.round(edge) + 0.5, plot.top);
    context.lineTo(Math.round(edge) + 0.5, plot.bottom);
  }
  context.stroke();
  context.setLineDash([]);
}

function tint({ selected }: Band, width: number, plot: Plot): number {
  if (!selected) {
    return BAND_OPACITY.other;
  }
  return width > (plot.right - plot.left) * WIDE_SHARE ? BAND_OPACITY.selectedWide : BAND_OPACITY.selected;
}

/** Where a band is drawn; also what a click on it is held against. */
export function bandPixels(band: Band, plot: Pick<Plot, 'x'>): { left: number; right: number } {
  const left = plot.x(band.from);
  const right = plot.x(band.to);
  const missing = Math.max(0, NARROWEST_BAND - (right - left));
  return { left: left - missing / 2, right: right + missing / 2 };
}

/** The sign of each finding's severity, in front of the curves at the top of its band; those that collide are left out. */
export function drawBandSigns(
  context: CanvasRenderingContext2D,
  bands: readonly Band[],
  plot: Plot,
  theme: ChartTheme,
): void {
  const visible = bands
    .filter((band) => plot.x(band.to) >= plot.left && plot.x(band.from) <= plot.right)
    .toSorted((a, b) => Number(b.selected) - Number(a.selected) || a.from - b.from);
  const placed: number[] = [];
  for (const band of visible) {
    const x = Math.min(plot.right - 8, Math.max(plot.left + 8, bandPixels(band, plot).left + 8));
    if (placed.every((other) => Math.abs(other - x) > 15)) {
      placed.push(x);
      drawSign(context, band.severity, x, plot.top + SIGN_OFFSET, theme);
    }
  }
}

/** A disc, a triangle or a ring: told apart without colour. */
function drawSign(
  context: CanvasRenderingContext2D,
  severity: Severity,
  x: number,
  y: number,
  theme: ChartTheme,
): void {
  context.save();
  context.fillStyle = theme.severity[severity];
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.beginPath();
  if (severity === 'warning') {
    context.moveTo(x, y - 5.5);
    context.lineTo(x + 6, y + 5);
    context.lineTo(x - 6, y + 5);
    context.closePath();
  } else {
    context.arc(x, y, 5.5, 0, 2 * Math.PI);
  }
  context.stroke();
  context.fill();
  context.strokeStyle = theme.background;
  context.lineWidth = 1.5;
  context.beginPath();
  if (severity === 'error') {
    context.moveTo(x - 2, y - 2);
    context.lineTo(x + 2, y + 2);
    context.moveTo(x + 2, y - 2);
    context.lineTo(x - 2, y + 2);
  } else {
    // An exclamation mark, which is an i upside down.
    const up = severity === 'info' ? -1 : 1;
    const middle = severity === 'info' ? y : y + 0.8;
    context.moveTo(x, middle - 2.8 * up);
    context.lineTo(x, middle + 0.8 * up);
    context.moveTo(x, middle + 2 * up);
    context.lineTo(x, middle + 3.2 * up);
  }
  context.stroke();
  context.restore();
}

/** Marks values that have no place on the axis: NaN as a cross, −∞ as an arrow at the bottom, +∞ as one at the top. */
export function drawNonFinite(
  context: CanvasRenderingContext2D,
  marks: readonly NonFiniteMark[],
  plot: Plot,
  theme: ChartTheme,
): void {
  context.save();
  context.strokeStyle = theme.severity.error;
  context.fillStyle = theme.severity.error;
  for (const kind of [NaN, -Infinity, Infinity]) {
    const places = marks
      .filter(({ value }) => Object.is(value, kind))
      .map(({ x }) => plot.x(x))
      .filter((x) => x >= plot.left - 1 && x <= plot.right + 1)
      .sort((a, b) => a - b);
    drawRow(context, places, kind, plot);
  }
  context.restore();
}

function drawRow(context: CanvasRenderingContext2D, places: readonly number[], kind: number, plot: Plot): void {
  const atTop = kind === Infinity;
  const y = atTop ? plot.top + 5 : plot.bottom - 6;
  let lastMark = -Infinity;
  let lastTick = -Infinity;
  context.lineWidth = 1;
  for (const x of places) {
    if (x - lastTick >= 1) {
      context.globalAlpha = 0.5;
      context.fillRect(x - 0.5, atTop ? plot.top : plot.bottom - 11, 1, 11);
      lastTick = x;
    }
    if (x - lastMark >= MARK_SPACING) {
      context.globalAlpha = 1;
      drawGlyph(context, kind, x, y);
      lastMark = x;
    }
  }
}

function drawGlyph(context: CanvasRenderingContext2D, kind: number, x: number, y: number): void {
  context.beginPath();
  if (Number.isNaN(kind)) {
    context.lineWidth = 1.75;
    context.moveTo(x - MARK_HALF, y - MARK_HALF);
    context.lineTo(x + MARK_HALF, y + MARK_HALF);
    context.moveTo(x + MARK_HALF, y - MARK_HALF);
    context.lineTo(x - MARK_HALF, y + MARK_HALF);
    context.stroke();
    return;
  }
  const tip = kind > 0 ? -MARK_HALF : MARK_HALF;
  context.moveTo(x, y + tip);
  context.lineTo(x + MARK_HALF, y - tip);
  context.lineTo(x - MARK_HALF, y - tip);
  context.closePath();
  context.fill();
}

/** A thin line with a label where a run was resumed or restarted. */
export function drawSegmentStarts(
  context: CanvasRenderingContext2D,
  starts: readonly number[],
  label: (start: number) => string,
  plot: Plot,
  theme: ChartTheme,
): void {
  context.save();
  context.strokeStyle = theme.muted;
  context.fillStyle = theme.muted;
  context.font = `10px ${theme.fontFamily}`;
  context.textBaseline = 'bottom';
  context.lineWidth = 1;
  let labelled = -Infinity;
  for (const start of starts) {
    const x = Math.round(plot.x(start)) + 0.5;
    if (x < plot.left || x > plot.right) {
      continue;
    }
    context.setLineDash([1, 2]);
    context.beginPath();
    context.moveTo(x, plot.top);
    context.lineTo(x, plot.bottom);
    context.stroke();
    if (x - labelled > LABEL_SPACING) {
      labelled = x;
      drawLabel(context, label(start), x, plot, theme);
    }
  }
  context.restore();
}

function drawLabel(context: CanvasRenderingContext2D, text: string, x: number, plot: Plot, theme: ChartTheme): void {
  const width = context.measureText(text).width;
  const onLeft = x + width + 8 > plot.right;
  const left = onLeft ? x - width - 5 : x + 5;
  const y = plot.top + 18;
  context.save();
  context.globalAlpha = 0.85;
  context.fillStyle = theme.background;
  context.fillRect(left - 2, y - 12, width + 4, 13);
  context.restore();
  context.fillText(text, left, y);
}

function clipTo(context: CanvasRenderingContext2D, { left, right, top, bottom }: Plot): void {
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
}
