import { Chart, LinearScale, LogarithmicScale } from 'chart.js';
import type { ChartConfiguration, Plugin, Scale } from 'chart.js';
import { horizontalTicks, verticalTicks } from './axes.js';
import type { HorizontalPicture, LabelledTick } from './axes.js';
import type { Curve } from './curveController.js';
import './curveController.js';
import { toDistances } from './horizontalScale.js';
import { drawBandSigns, drawBands, drawNonFinite, drawSegmentStarts } from './marks.js';
import type { Band, NonFiniteMark, Plot } from './marks.js';
import type { ChartTheme } from './theme.js';
import type { VerticalRange } from './verticalRange.js';

Chart.register(LinearScale, LogarithmicScale);

/** Width left of every plot, so that those of all charts begin at one line. */
export const GUTTER = 64;
/** Space right of every plot: half a label of the axis. */
export const RIGHT_MARGIN = 22;

/** Everything that one chart draws. */
export interface ChartPicture extends HorizontalPicture {
  readonly range: VerticalRange;
  readonly logarithmic: boolean;
  /** Whether the range comes from values; one that does not gets no labels. */
  readonly measured: boolean;
  readonly curves: readonly Curve[];
  readonly nonFinite: readonly NonFiniteMark[];
  readonly segmentStarts: readonly number[];
  readonly segmentLabel: (start: number) => string;
  readonly bands: readonly Band[];
  readonly theme: ChartTheme;
}

/** A Chart.js chart of envelopes with the marks of findings, segments and non-finite values. */
export class CurveChart {
  private readonly chart: Chart<'curve', never[]>;
  private picture: ChartPicture;

  constructor(canvas: HTMLCanvasElement, picture: ChartPicture) {
    this.picture = picture;
    this.chart = new Chart<'curve', never[]>(canvas, this.configuration());
  }

  show(picture: ChartPicture): void {
    this.picture = picture;
    Object.assign(this.chart, { options: this.options() });
    this.chart.data.datasets = this.datasets();
    this.chart.update('none');
  }

  dispose(): void {
    this.chart.destroy();
  }

  /** The plot's box in pixels of the canvas and the projection of its horizontal axis. */
  plot(): Plot {
    return plotOf(this.chart, this.picture);
  }

  private configuration(): ChartConfiguration<'curve', never[]> {
    return {
      type: 'curve',
      data: { datasets: this.datasets() },
      options: this.options(),
      plugins: [this.marks()],
    };
  }

  private datasets(): ChartConfiguration<'curve', never[]>['data']['datasets'] {
    return this.picture.curves.map((curve) => ({
      type: 'curve',
      data: [],
      curve,
      scale: this.picture.scale,
      clip: 1,
    }));
  }

  private options(): NonNullable<ChartConfiguration<'curve', never[]>['options']> {
    const { range, logarithmic, measured, theme, scale: horizontal } = this.picture;
    const { from, to } = toDistances(horizontal, this.picture.view);
    const look = { grid: grid(theme), border: { display: false }, ticks: tickLook(theme) };
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { right: RIGHT_MARGIN, top: 4 } },
      scales: {
        x: {
          ...look,
          grid: { display: false, drawTicks: false, tickLength: 0 },
          type: 'linear',
          min: from,
          max: to,
          // Chart.js would make room for half of the outermost labels, and the charts would no longer line up.
          afterFit: (scale: Scale) => Object.assign(scale, { paddingLeft: 0, paddingRight: 0 }),
          afterBuildTicks: (scale: Scale) => {
            const ticks = horizontalTicks(this.picture, scale.width);
            setTicks(
              scale,
              ticks.map(({ value, label }) => ({ value: horizontal.forward(value), label })),
            );
          },
        },
        y: {
          ...look,
          type: logarithmic ? 'logarithmic' : 'linear',
          min: range.from,
          max: range.to,
          afterFit: (scale: Scale) => {
            scale.width = GUTTER;
          },
          afterBuildTicks: (scale: Scale) =>
            setTicks(scale, measured ? verticalTicks(logarithmic, range, scale.chart.height) : []),
        },
      },
    };
  }

  private marks(): Plugin<'curve'> {
    return {
      id: 'marks',
      beforeDatasetsDraw: (chart) => {
        drawBands(chart.ctx, this.picture.bands, plotOf(chart, this.picture), this.picture.theme);
      },
      afterDatasetsDraw: (chart) => {
        const { segmentStarts, segmentLabel, nonFinite, bands, theme } = this.picture;
        const plot = plotOf(chart, this.picture);
        drawSegmentStarts(chart.ctx, segmentStarts, segmentLabel, plot, theme);
        drawNonFinite(chart.ctx, nonFinite, plot, theme);
        drawBandSigns(chart.ctx, bands, plot, theme);
      },
    };
  }
}

function plotOf({ chartArea }: Pick<Chart, 'chartArea'>, { scale, view }: HorizontalPicture): Plot {
  const { left, right, top, bottom } = chartArea;
  const { from, to } = toDistances(scale, view);
  const perUnit = (right - left) / (to - from);
  return { left, right, top, bottom, x: (place) => left + (scale.forward(place) - from) * perUnit };
}

/** Labels travel in the tick, where Chart.js would make its own. */
function setTicks(scale: Scale, ticks: readonly LabelledTick[]): void {
  scale.ticks = ticks.map(({ value, label }) => ({ value, label }));
}

function grid(theme: ChartTheme): object {
  return { color: theme.grid, lineWidth: theme.highContrast ? 0.5 : 1, drawTicks: false, tickLength: 0 };
}

function tickLook(theme: ChartTheme): object {
  return {
    color: theme.muted,
    font: { family: theme.fontFamily, size: 11 },
    padding: 6,
    autoSkip: false,
    maxRotation: 0,
    includeBounds: false,
    callback(this: Scale, _value: unknown, index: number) {
      return this.ticks[index]?.label ?? '';
    },
  };
}
