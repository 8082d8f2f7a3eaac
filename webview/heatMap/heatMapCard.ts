import * as l10n from '@vscode/l10n';
import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import type { Envelope, HorizontalAxis } from '../../src/model/envelope.js';
import { horizontalTicks, placeWords } from '../charts/axes.js';
import type { SharedView } from '../charts/chartCard.js';
import { GUTTER, RIGHT_MARGIN } from '../charts/curveChart.js';
import { placeAlong, shareAlong } from '../charts/horizontalScale.js';
import type { ChartTheme } from '../charts/theme.js';
import type { Viewport } from '../charts/viewport.js';
import { formatCount, formatValue } from '../format/numbers.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import { colourOf, decadeRange, shareOf } from './colourScale.js';
import type { DecadeRange } from './colourScale.js';
import type { Layer, LayerPlan } from './layers.js';

/** Pixels of a cell: finer columns can't be told apart by colour. */
const CELL_WIDTH = 4;
/** Questions about layers that are on their way at once; curves come between. */
const AT_ONCE = 4;
/** A live run's heat map is read again this often at most: it is a picture of the whole, not of the last step. */
const REFRESH_MS = 3000;
const LEGEND_STEPS = 32;

interface Row {
  layer: Layer;
  envelope: Envelope | undefined;
  problem: string | undefined;
  fetchedFor: string;
}

/** Gradient norms of all layers over the run: where in depth something began, at a glance. */
export class HeatMapCard {
  readonly element = document.createElement('section');

  private readonly client: EnvelopeClient;
  private readonly hover: (x: number | undefined) => void;
  private plan: LayerPlan = { layers: [], total: 0 };
  private rows: Row[] = [];
  private axis: HorizontalAxis = 'step';
  private view: Viewport | undefined;
  private shared: SharedView | undefined;
  private crosshair: number | undefined;
  private pointedRow: number | undefined;
  private inFlight = 0;
  private lastRefresh = -Infinity;
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: EnvelopeClient, hover: (x: number | undefined) => void) {
    this.client = client;
    this.hover = hover;
    this.element.className = 'card chart heat-map';
    this.element.setAttribute('aria-label', l10n.t('Gradient norm of each layer'));
    this.element.addEventListener('pointermove', (event) => {
      this.point(event);
    });
    this.element.addEventListener('pointerleave', () => {
      this.pointedRow = undefined;
      this.hover(undefined);
    });
  }

  update(plan: LayerPlan): void {
    const known = new Map(this.rows.map((row) => [row.layer.signal.tag, row]));
    this.plan = plan;
    this.rows = plan.layers.map((layer) => {
      const row = known.get(layer.signal.tag);
      return row ? Object.assign(row, { layer }) : { layer, envelope: undefined, problem: undefined, fetchedFor: '' };
    });
  }

  demand(axis: HorizontalAxis, view: Viewport | undefined): void {
    const moved = axis !== this.axis || view?.from !== this.view?.from || view?.to !== this.view?.to;
    if (axis !== this.axis) {
      this.rows.forEach((row) => (row.envelope = undefined));
    }
    this.axis = axis;
    this.view = view;
    const wait = this.lastRefresh + REFRESH_MS - performance.now();
    if (moved || wait <= 0 || this.rows.some((row) => !row.fetchedFor)) {
      this.lastRefresh = performance.now();
      this.fetchNext();
    } else if (this.refreshTimer === undefined) {
      this.refreshTimer = setTimeout(() => {
        this.refreshTimer = undefined;
        this.lastRefresh = performance.now();
        this.fetchNext();
      }, wait);
    }
  }

  draw(shared: SharedView): void {
    this.shared = shared;
    const range = decadeRange(this.finiteNorms());
    render(this.frame(range), this.element);
    this.paint(range, shared);
    this.paintLegend();
    this.placeCrosshair();
  }

  showCrosshair(x: number | undefined): void {
    this.crosshair = x;
    this.placeCrosshair();
  }

  private get wanted(): (row: Row) => string {
    return ({ layer }) => `${this.axis} ${this.view?.from} ${this.view?.to} ${this.columns} ${layer.signal.points}`;
  }

  private get columns(): number {
    return Math.ceil(Math.max(100, this.element.clientWidth - GUTTER) / CELL_WIDTH / 50) * 50;
  }

  private fetchNext(): void {
    for (const row of this.rows) {
      if (this.inFlight >= AT_ONCE) {
        return;
      }
      const wanted = this.wanted(row);
      if (row.fetchedFor !== wanted) {
        row.fetchedFor = wanted;
        void this.fetch(row, wanted);
      }
    }
  }

  private async fetch(row: Row, wanted: string): Promise<void> {
    const { tag, rank } = row.layer.signal;
    this.inFlight++;
    const result = await this.client.request({
      tag,
      ...(rank === undefined ? {} : { rank }),
      axis: this.axis,
      ...(this.view ?? {}),
      buckets: this.columns,
    });
    this.inFlight--;
    if (row.fetchedFor === wanted) {
      row.problem = result.ok ? undefined : result.error;
      row.envelope = result.ok ? result.value : row.envelope;
      if (this.shared) {
        this.draw(this.shared);
      }
    }
    this.fetchNext();
  }

  private *finiteNorms(): Iterable<number> {
    for (const { envelope } of this.rows) {
      if (envelope) {
        yield* envelope.maximum;
      }
    }
  }

  private frame(range: DecadeRange | undefined): TemplateResult {
    const { layers, total } = this.plan;
    const failed = this.rows.find(({ problem }) => problem !== undefined)?.problem;
    return html`
      <header class="chart-header">
        <h3>${l10n.t('Gradient norm of each layer')}</h3>
        <p class="readout" aria-hidden="true">${this.readout()}</p>
        <div class="colour-legend" aria-hidden="true">
          <span>${range ? formatValue(10 ** range.from, 2) : ''}</span>
          <canvas class="scale" width=${LEGEND_STEPS} height="1"></canvas>
          <span>${range ? formatValue(10 ** range.to, 2) : ''}</span>
        </div>
      </header>
      <div class="plot">
        <canvas class="cells" role="img" aria-label=${this.description()}></canvas>
        <div class="crosshair" hidden></div>
      </div>
      <ul class="chart-notes">
        <li>
          ${l10n.t('Colour: largest norm in each cell, log₁₀. First layers at the bottom. Hatched: NaN or infinite.')}
          ${total > layers.length ? l10n.t('{0} of {1} tensors, evenly chosen.', formatCount(layers.length), formatCount(total)) : nothing}
        </li>
        ${failed === undefined ? nothing : html`<li>${l10n.t('Some layers could not be read: {0}', failed)}</li>`}
      </ul>
      <div class="visually-hidden">${this.textTable()}</div>
    `;
  }

  private description(): string {
    return l10n.t(
      'Heat map of the gradient norms of {0} tensors over the run; the table after it has them in numbers.',
      this.rows.length,
    );
  }

  private textTable(): TemplateResult {
    return html`<table>
      <caption>
        ${l10n.t('Gradient norm of each layer in numbers')}
      </caption>
      <thead>
        <tr>
          <th scope="col">${l10n.t('Tensor')}</th>
          <th scope="col">${l10n.t('Last')}</th>
          <th scope="col">${l10n.t('Largest')}</th>
          <th scope="col">${l10n.t('NaN or infinite')}</th>
        </tr>
      </thead>
      <tbody>
        ${this.rows.map(
          ({ layer, envelope }) =>
            html`<tr>
              <th scope="row">${layer.name}</th>
              <td>${formatValue(envelope?.last.at(-1) ?? NaN)}</td>
              <td>${formatValue(envelope ? largest(envelope) : NaN)}</td>
              <td>${envelope?.nonFiniteTotal ?? 0}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private readout(): string {
    const row = this.pointedRow === undefined ? undefined : this.rows[this.pointedRow];
    if (!row || this.crosshair === undefined || !this.shared) {
      return '';
    }
    const place = placeWords(this.shared.axis, this.crosshair, row.layer.signal.stepUnit);
    const column = row.envelope ? columnAt(row.envelope, this.crosshair) : -1;
    const norm = column < 0 ? undefined : row.envelope!.maximum[column];
    return `${row.layer.name} · ${place} · ${norm === undefined ? l10n.t('nothing logged') : formatValue(norm)}`;
  }

  private paint(range: DecadeRange | undefined, shared: SharedView): void {
    const canvas = this.element.querySelector<HTMLCanvasElement>('canvas.cells')!;
    const { width, height } = fit(canvas);
    const context = canvas.getContext('2d')!;
    const box = { left: GUTTER, right: width - RIGHT_MARGIN, top: 2, bottom: height - 22 };
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.clip();
    this.rows.forEach((row, index) => {
      if (row.envelope) {
        paintRow(context, row.envelope, rowBox(index, this.rows.length, box), shared, range);
      }
    });
    context.restore();
    paintBlockNames(context, this.rows, box, shared.theme);
    paintHorizontalTicks(context, box, shared);
  }

  private paintLegend(): void {
    const context = this.element.querySelector<HTMLCanvasElement>('canvas.scale')!.getContext('2d')!;
    for (let step = 0; step < LEGEND_STEPS; step++) {
      context.fillStyle = colourOf(step / (LEGEND_STEPS - 1));
      context.fillRect(step, 0, 1, 1);
    }
  }

  private get cellsBox(): { canvas: HTMLElement; width: number; height: number } | undefined {
    const canvas = this.element.querySelector<HTMLElement>('canvas.cells');
    return canvas
      ? { canvas, width: canvas.clientWidth - GUTTER - RIGHT_MARGIN, height: canvas.clientHeight - 24 }
      : undefined;
  }

  private point(event: PointerEvent): void {
    const box = this.cellsBox;
    if (!box || !this.shared) {
      return;
    }
    const rectangle = box.canvas.getBoundingClientRect();
    const along = (event.clientX - rectangle.left - GUTTER) / box.width;
    const depth = (event.clientY - rectangle.top - 2) / box.height;
    const inside = along >= 0 && along <= 1 && depth >= 0 && depth < 1;
    this.pointedRow = inside ? this.rows.length - 1 - Math.floor(depth * this.rows.length) : undefined;
    const { scale, view } = this.shared;
    this.hover(inside ? placeAlong(scale, view, along) : undefined);
    this.element.querySelector('.readout')!.textContent = this.readout();
  }

  private placeCrosshair(): void {
    const line = this.element.querySelector<HTMLElement>('.crosshair');
    const box = this.cellsBox;
    if (!line || !box || !this.shared) {
      return;
    }
    const { scale, view } = this.shared;
    const share = this.crosshair === undefined ? NaN : shareAlong(scale, view, this.crosshair);
    line.hidden = !(share >= 0 && share <= 1);
    line.style.transform = `translateX(${Math.round(GUTTER + share * box.width)}px)`;
    line.style.top = '2px';
    line.style.height = `${box.height}px`;
  }
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Matches the canvas' pixels to the screen's; gives its size in CSS pixels. */
function fit(canvas: HTMLCanvasElement): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const pixelWidth = Math.round(width * devicePixelRatio);
  const pixelHeight = Math.round(height * devicePixelRatio);
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  return { width, height };
}

/** Rows rise with depth: the first is at the bottom. */
function rowBox(index: number, count: number, box: Box): Box {
  const height = (box.bottom - box.top) / count;
  return { ...box, top: box.bottom - (index + 1) * height, bottom: box.bottom - index * height };
}

function paintRow(
  context: CanvasRenderingContext2D,
  envelope: Envelope,
  box: Box,
  { view, scale, theme }: SharedView,
  range: DecadeRange | undefined,
): void {
  const x = (place: number) => box.left + shareAlong(scale, view, place) * (box.right - box.left);
  const height = Math.max(1, box.bottom - box.top - (box.bottom - box.top > 6 ? 1 : 0));
  for (let column = 0; column < envelope.x.length; column++) {
    const norm = envelope.maximum[column]!;
    const left = x(envelope.x[column]!);
    const right = Math.max(left + 1, x(cellEnd(envelope, column)));
    if (norm > 0 && range) {
      context.fillStyle = colourOf(shareOf(norm, range));
      context.fillRect(left, box.top, right - left + 0.5, height);
    } else if (norm === 0 && range) {
      context.fillStyle = colourOf(0);
      context.fillRect(left, box.top, right - left + 0.5, height);
    }
  }
  envelope.nonFiniteX.forEach((place) => {
    hatch(context, x(place), box.top, height, theme);
  });
}

/** Where the next cell begins, so that a row has no gaps; a lone or last cell ends with its points. */
function cellEnd({ x, xEnd, segment }: Envelope, column: number): number {
  const next = x[column + 1];
  if (next !== undefined && segment[column + 1] === segment[column]) {
    return next;
  }
  const before = x[column - 1];
  const width = before === undefined ? 0 : x[column]! - before;
  return xEnd[column]! + Math.min(Math.max(0, width), x[column]! - (before ?? x[column]!)) * 0.5;
}

function hatch(context: CanvasRenderingContext2D, x: number, top: number, height: number, theme: ChartTheme): void {
  context.fillStyle = theme.background;
  context.fillRect(x - 2, top, 4, height);
  context.strokeStyle = theme.severity.error;
  context.lineWidth = 1;
  context.beginPath();
  for (let y = top; y < top + height; y += 3) {
    context.moveTo(x - 2, y + 2);
    context.lineTo(x + 2, y);
  }
  context.stroke();
}

/** Names of blocks at the height of their rows, as many as fit. */
function paintBlockNames(
  context: CanvasRenderingContext2D,
  rows: readonly { readonly layer: Layer }[],
  box: Box,
  theme: ChartTheme,
): void {
  context.fillStyle = theme.muted;
  context.font = `11px ${theme.fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const blocks = rows.map(({ layer }) => layer.block);
  let free = Infinity;
  blocks.forEach((block, index) => {
    if (block === blocks[index - 1]) {
      return;
    }
    const last = blocks.findLastIndex((other, at) => other === block && at >= index);
    const middle = (rowBox(index, rows.length, box).bottom + rowBox(last, rows.length, box).top) / 2;
    if (free - middle >= 13) {
      context.fillText(fitted(context, block, GUTTER - 10), GUTTER - 6, middle);
      free = middle;
    }
  });
}

/** The end of a name says most; its beginning gives way. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > width) {
    shown = `…${shown.slice(shown.startsWith('…') ? 2 : 1)}`;
  }
  return shown;
}

function paintHorizontalTicks(context: CanvasRenderingContext2D, box: Box, shared: SharedView): void {
  const { view, scale, theme } = shared;
  context.fillStyle = theme.muted;
  context.font = `11px ${theme.fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const width = box.right - box.left;
  for (const { value, label } of horizontalTicks(shared, width)) {
    context.fillText(label, box.left + shareAlong(scale, view, value) * width, box.bottom + 7);
  }
}

function columnAt({ x }: Envelope, place: number): number {
  return x.findLastIndex((start) => start <= place);
}

function largest({ maximum }: Envelope): number {
  return maximum.reduce((most, norm) => (norm > most ? norm : most), -Infinity);
}
