import type { Result } from '../../src/base/result.js';
import type { HorizontalAxis, Envelope } from '../../src/model/envelope.js';
import { numberToJson } from '../../src/model/json.js';
import type { CurveFeed } from '../protocol/curveFeed.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import type { CurveStyle } from './drawCurve.js';
import type { ChartTheme } from './theme.js';
import type { Viewport } from './viewport.js';

/** As many columns as the host gives at once: every point of a curve that has no more of them in view. */
const COLUMNS = 20_000;
const HEADER = ['run', 'signal', 'from', 'to', 'minimum', 'maximum', 'last', 'segment', 'overwritten'];

/** A curve with its name and look, as it stands in the legend. */
export interface ExportedCurve {
  readonly feed: CurveFeed;
  readonly style: CurveStyle;
}

/**
 * The curves of a chart as CSV, a row for each point; where a curve has more than 20,000 points in view, a row for
 * each of so many stretches with the extremes in it. Points that are not finite have rows of their own.
 */
export async function chartAsCsv(
  curves: readonly ExportedCurve[],
  axis: HorizontalAxis,
  view: Viewport | undefined,
  ownRun: string,
  client: EnvelopeClient,
): Promise<Result<string>> {
  const rows = [HEADER.join(',')];
  for (const { feed } of curves) {
    const { tag, rank } = feed.signal;
    const run = feed.run === undefined ? {} : { run: feed.run.id };
    const place = rank === undefined ? {} : { rank };
    const result = await client.request({ ...run, ...place, tag, axis, ...view, buckets: COLUMNS });
    if (!result.ok) {
      return result;
    }
    const name = rank === undefined ? tag : `${tag} · rank ${rank}`;
    rows.push(...envelopeRows([feed.run?.name ?? ownRun, name].map(csvField).join(','), result.value));
  }
  return { ok: true, value: rows.map((row) => `${row}\n`).join('') };
}

function envelopeRows(prefix: string, envelope: Envelope): string[] {
  const rows: string[] = [];
  for (let index = 0; index < envelope.x.length; index++) {
    const values = [envelope.minimum, envelope.maximum, envelope.last].map((column) => column[index]!);
    if (Number.isFinite(values[0])) {
      const place = [envelope.x[index]!, envelope.xEnd[index]!];
      rows.push([prefix, ...place, ...values, envelope.segment[index]!, envelope.overwritten[index]!].join(','));
    }
  }
  envelope.nonFiniteX.forEach((x, index) => {
    const value = numberToJson(envelope.nonFiniteValue[index]!);
    rows.push([prefix, x, x, value, value, value, '', ''].join(','));
  });
  return rows;
}

/** Quoted where it must be; a spreadsheet would run what begins like a formula. */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const MARGIN = 12;
const LINE_HEIGHT = 20;
const SWATCH = 22;

/** The chart as a PNG picture with its title, the run's name and the legend, on the theme's background. */
export async function chartAsPng(
  canvas: HTMLCanvasElement,
  title: string,
  curves: readonly ExportedCurve[],
  theme: ChartTheme,
): Promise<Uint8Array> {
  const scale = canvas.width / canvas.clientWidth;
  const head = MARGIN + LINE_HEIGHT * (1 + curves.length);
  const picture = document.createElement('canvas');
  picture.width = canvas.width;
  picture.height = Math.round((head + canvas.clientHeight + MARGIN) * scale);
  const context = picture.getContext('2d')!;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.scale(scale, scale);
  context.textBaseline = 'middle';
  context.fillStyle = theme.foreground;
  context.font = `bold 13px ${theme.fontFamily}`;
  context.fillText(title, MARGIN, MARGIN + LINE_HEIGHT / 2);
  context.font = `12px ${theme.fontFamily}`;
  curves.forEach(({ feed, style }, index) => {
    const y = MARGIN + LINE_HEIGHT * (index + 1.5);
    context.strokeStyle = style.colour;
    context.lineWidth = 2;
    context.setLineDash([...style.dash]);
    context.beginPath();
    context.moveTo(MARGIN, y);
    context.lineTo(MARGIN + SWATCH, y);
    context.stroke();
    context.fillText(feed.label, MARGIN + SWATCH + 8, y);
  });
  context.drawImage(canvas, 0, head, canvas.clientWidth, canvas.clientHeight);
  const blob = await new Promise<Blob | null>((resolve) => {
    picture.toBlob(resolve, 'image/png');
  });
  return new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
}
