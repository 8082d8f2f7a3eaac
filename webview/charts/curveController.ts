import { Chart, DatasetController, PointElement } from 'chart.js';
import { drawCurve } from './drawCurve.js';
import type { CurveStyle } from './drawCurve.js';
import type { Stretch } from './columns.js';
import type { HorizontalScale } from './horizontalScale.js';

declare module 'chart.js' {
  interface ChartTypeRegistry {
    curve: {
      chartOptions: object;
      datasetOptions: { curve: Curve; scale: HorizontalScale };
      defaultDataPoint: never;
      metaExtensions: object;
      parsedDataType: never;
      scales: 'linear' | 'logarithmic';
    };
  }
}

export interface Curve {
  readonly stretches: readonly Stretch[];
  readonly style: CurveStyle;
  /** For each column of each stretch; undefined: not smoothed. */
  readonly smoothed?: readonly Float64Array[] | undefined;
}

/**
 * A kind of chart that draws envelopes: bands and lines straight from columns, without an element for each point.
 * The limits of its axes come from outside, because they depend on what all charts show; those of the horizontal one
 * are distances of its scale.
 */
class CurveController extends DatasetController<'curve'> {
  static id = 'curve';
  /** Chart.js wants an element for points; none is ever made, because there is no `data`. */
  static defaults = { datasetElementType: false, dataElementType: 'point' };

  override update(): void {
    // Nothing to prepare: draw() reads the columns.
  }

  override draw(): void {
    const { xScale, yScale } = this.getMeta();
    if (xScale && yScale) {
      const { curve, scale } = this.getDataset() as unknown as { curve: Curve; scale: HorizontalScale };
      const { left, right } = this.chart.chartArea;
      const perUnit = (right - left) / (xScale.max - xScale.min);
      const projection = {
        x: (place: number) => left + (scale.forward(place) - xScale.min) * perUnit,
        y: (value: number) => yScale.getPixelForValue(value),
        floor: this.chart.chartArea.bottom,
        left,
        right,
        onlyPositive: yScale.type === 'logarithmic',
      };
      drawCurve(this.chart.ctx, curve.stretches, curve.style, projection, curve.smoothed);
    }
  }
}

Chart.register(CurveController, PointElement);
