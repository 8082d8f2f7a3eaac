import { ok } from '../../src/base/result.js';
import type { Result } from '../../src/base/result.js';
import type { ChartFormat } from '../../src/contract/panelProtocol.js';
import type { HorizontalAxis, Envelope } from '../../src/model/envelope.js';
import { numberToJson } from '../../src/model/json.js';
import type { CurveFeed } from '../charts/curveFeed.js';
import type { CurveStyle } from '../charts/drawCurve.js';
import type { ChartTheme } from '../charts/theme.js';
import type { Viewport } from '../charts/viewport.js';
import { formatValue } from '../format/numbers.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';

/** As many columns as the host gives at once: every point of a curve that has no more of them in view. */
const COLUMNS = 20_000;
const HEADER = ['run', 'signal', 'from', 'to', 'minimum', 'maximum', 'last', 'segment', 'overwritten'];

/** A curve with its name and look, as it stands in the legend. */
interface ExportedCurve {
  readonly feed: CurveFeed;
  readonly style: CurveStyle;
}

/** A chart as it is shown. */
export interface ExportedChart {
  readonly title: string;
  readonly runName: string;
  readonly canvas: HTMLCanvasElement;
  readonly theme: ChartTheme;
  /** Those that are not hidden. */
  readonly curves: readonly ExportedCurve[];
  /** Weight of the smoothing; 0: none. */
  readonly smoothing: number;
  readonly axis: HorizontalAxis;
  /** Undefined: the whole run. */
  readonly view: Viewport | undefined;
}

/** The file that a chart is saved as; fails where its numbers can't be had. */
export async function exportChart(
  chart: ExportedChart,
  format: ChartFormat,
  client: EnvelopeClient,
): Promise<Result<Uint8Array>> {
  if (format === 'png') {
    return ok(await chartAsPng(chart));
  }
  const table = await chartAsCsv(chart, client);
  return table.ok ? ok(new TextEncoder().encode(table.value)) : table;
}

/**
 * The curves of a chart as CSV, a row for each point; where a curve has more than 20,000 points in view, a row for
 * each of so many stretches with the extremes in it. Points that are not finite have rows of their own.
 */
async function chartAsCsv(
  { curves, axis, view, runName }: ExportedChart,
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
    rows.push(...envelopeRows([feed.run?.name ?? runName, name].map(csvField).join(','), result.value));
  }
  return ok(rows.map((row) => `${row}\n`).join(''));
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
async function chartAsPng({ title, runName, canvas, theme, curves, smoothing }: ExportedChart): Promise<Uint8Array> {
  const smoothed = smoothing > 0 ? ` · smoothed by ${formatValue(smoothing)} over the values` : '';
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
  context.fillText(`${title} · ${runName}${smoothed}`, MARGIN, MARGIN + LINE_HEIGHT / 2);
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
