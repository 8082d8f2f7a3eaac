import { describe, expect, test } from 'vitest';
import type { ReportedSignal } from '../../../src/contract/report.js';
import type { HorizontalAxis } from '../../../src/model/envelope.js';
import { RunStore } from '../../../src/store/runStore.js';
import { horizontalTicks, placeWords } from '../../../webview/charts/axes.js';
import { MOST_CURVES, planCharts, undrawn } from '../../../webview/charts/chartPlan.js';
import { columnUnder, placesOf, segmentStarts, stretchesOf } from '../../../webview/charts/columns.js';
import { bandAt, findingBands } from '../../../webview/board/findingBands.js';
import { LINEAR } from '../../../webview/charts/horizontalScale.js';
import { runClock } from '../../../webview/charts/runClock.js';
import { stepScale } from '../../../webview/charts/stepScale.js';
import { linearTicks, logarithmicTicks, timeTicks } from '../../../webview/charts/ticks.js';
import { extremesInView, isWide, linearRange, logarithmicRange } from '../../../webview/charts/verticalRange.js';
import { panned, settled, viewAround, widened, zoomed } from '../../../webview/charts/viewport.js';

const EXTENT = { from: 0, to: 1000 };

describe('viewport', () => {
  test('zooming keeps what is under the pointer where it is', () => {
    const view = zoomed(EXTENT, EXTENT, 0.5, 250)!;
    expect(view).toEqual({ from: 125, to: 625 });
    expect((250 - view.from) / (view.to - view.from)).toBe(0.25);
  });

  test('zooming out ends at everything', () => {
    expect(zoomed({ from: 100, to: 900 }, EXTENT, 2, 500)).toBeUndefined();
  });

  test('moving stops at the ends', () => {
    expect(panned({ from: 0, to: 100 }, EXTENT, -1)).toEqual({ from: 0, to: 100 });
    expect(panned({ from: 850, to: 950 }, EXTENT, 5)).toEqual({ from: 900, to: 1000 });
  });

  test('a single point gets an axis around it', () => {
    expect(widened({ from: 0, to: 0 })).toEqual({ from: -1, to: 1 });
    const { from, to } = widened({ from: 7, to: 7 });
    expect(from).toBeLessThan(7);
    expect(to).toBeGreaterThan(7);
  });

  test('a place at the edge is shown inside the run', () => {
    expect(viewAround(0, 0, EXTENT)).toEqual({ from: 0, to: 120 });
    expect(viewAround(480, 520, EXTENT)).toEqual({ from: 440, to: 560 });
    expect(settled({ from: -50, to: 2000 }, EXTENT)).toBeUndefined();
  });
});

describe('ticks', () => {
  test('stand at round values, never more than fit', () => {
    expect(linearTicks(0, 4999, 5).values).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(linearTicks(0.1, 0.5, 4).values.map((value) => value.toFixed(1))).toEqual([
      '0.1',
      '0.2',
      '0.3',
      '0.4',
      '0.5',
    ]);
    expect(linearTicks(3, 3, 5).values).toEqual([3]);
  });

  test('whole steps are not divided', () => {
    expect(linearTicks(0, 1, 8, true).values).toEqual([0, 1]);
  });

  test('decades on a logarithmic axis, plain steps inside of one', () => {
    expect(logarithmicTicks(0.01, 100, 5).values).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(logarithmicTicks(1, 100, 8).values).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logarithmicTicks(2, 4, 4).values).toEqual([2, 2.5, 3, 3.5, 4].filter((value) => value % 0.5 === 0));
    expect(logarithmicTicks(1e-300, 1e300, 6).values.length).toBeLessThanOrEqual(8);
  });

  test('times at what clocks know', () => {
    expect(timeTicks(0, 3600, 4).step).toBe(900);
    expect(timeTicks(0, 86_400 * 300, 5).values.length).toBeLessThanOrEqual(6);
  });
});

/** The envelope of a log of [step, value]. */
function envelopeOf(points: readonly (readonly [number, number])[], buckets: number, axis: HorizontalAxis = 'step') {
  const store = new RunStore();
  const handle = store.tag('loss');
  points.forEach(([step, value]) => store.append(handle, step, value, 1000 + step * 2));
  return { store, handle, whole: store.envelope(handle, { axis, buckets }) };
}

const ramp = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => [from + index, from + index] as const);

describe('step scale', () => {
  test('reads both ways between its points, and is held at its ends', () => {
    const envelope = envelopeOf(
      [
        [0, 0],
        [100, 2],
        [200, 4],
      ],
      10,
    ).whole;
    const scale = stepScale('epoch', envelope)!;
    expect([scale.at(50), scale.at(-5), scale.at(900)]).toEqual([1, 0, 4]);
    expect([scale.stepOf(1), scale.stepOf(4)]).toEqual([50, 200]);
    const picture = {
      axis: scale,
      view: { from: 0, to: 200 },
      scale: LINEAR,
      wholeSteps: true,
      zeroAtLeft: false,
    };
    expect(placeWords(scale, 50, 'step')).toBe('epoch 1 (step 50)');
    expect(horizontalTicks(picture, 500).map(({ value }) => value)).toEqual([0, 50, 100, 150, 200]);
  });

  test('a count that falls is held, and one point is no scale', () => {
    const falling = envelopeOf(
      [
        [0, 0],
        [10, 5],
        [20, 1],
      ],
      10,
    ).whole;
    expect(stepScale('tokens', falling)!.at(20)).toBe(5);
    expect(stepScale('tokens', envelopeOf([[0, 0]], 10).whole)).toBeUndefined();
  });
});

describe('columns', () => {
  test('fine columns replace coarse ones inside their range, and only there', () => {
    const { store, handle, whole } = envelopeOf(ramp(0, 1000), 20);
    const range = { from: 400, to: 500 };
    const envelope = store.envelope(handle, { axis: 'step', ...range, buckets: 200 });
    const [stretch, ...others] = stretchesOf(whole, { envelope, range });
    expect(others).toEqual([]);
    const starts = stretch!.columns.map(({ x }) => x);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts.filter((x) => x >= 400 && x <= 500).length).toBe(101);
    expect(starts[0]).toBe(0);
    expect(stretch!.columns.at(-1)!.xEnd).toBe(999);
  });

  test('a resumed run has a stretch for each segment, and one for what was overwritten', () => {
    const { whole } = envelopeOf([...ramp(0, 100), ...ramp(50, 150)], 1000);
    const stretches = stretchesOf(whole, undefined);
    expect(stretches.map(({ segment, overwritten }) => [segment, overwritten])).toEqual([
      [0, false],
      [0, true],
      [1, false],
    ]);
    expect(stretches[1]!.columns[0]!.x).toBe(49);
    expect(segmentStarts(whole)).toEqual([50]);
    expect(columnUnder(stretches, 60)?.last).toBe(60);
    expect(placesOf(whole)).toEqual({ from: 0, to: 149, leastPositive: 1 });
  });

  test('nothing stands under a place before the first point', () => {
    const { whole } = envelopeOf(ramp(10, 20), 100);
    expect(columnUnder(stretchesOf(whole, undefined), 5)).toBeUndefined();
  });
});

describe('vertical range', () => {
  const curve = (...points: (readonly [number, number])[]) => [stretchesOf(envelopeOf(points, 100).whole, undefined)];

  test('holds what is in view, and does not reach below zero for values that never do', () => {
    const extremes = extremesInView(curve([0, 5], [1, 0.1], [2, 9], [3, 100]), { from: 0, to: 2 })!;
    expect(extremes.maximum).toBe(9);
    expect(linearRange(extremes).from).toBe(0);
    expect(linearRange(extremes).to).toBeGreaterThan(9);
  });

  test('a constant has an axis', () => {
    const extremes = extremesInView(curve([0, 2], [1, 2]), EXTENT)!;
    expect(linearRange(extremes)).toEqual({ from: 1.8, to: 2.2 });
  });

  test('a logarithmic axis needs a positive value and leaves the others at its foot', () => {
    expect(logarithmicRange(extremesInView(curve([0, -1], [1, 0]), EXTENT)!)).toBeUndefined();
    const range = logarithmicRange(extremesInView(curve([0, 0], [1, 0.01], [2, 100]), EXTENT)!)!;
    expect(range.from).toBeGreaterThan(0.001);
    expect(range.from).toBeLessThan(0.01);
  });

  test('only NaN in view is no range, and a wide one is told', () => {
    expect(extremesInView(curve([0, NaN]), EXTENT)).toBeUndefined();
    expect(isWide(extremesInView(curve([0, 1], [1, 5000]), EXTENT)!)).toBe(true);
    expect(isWide(extremesInView(curve([0, -1], [1, 5000]), EXTENT)!)).toBe(false);
  });
});

describe('run clock', () => {
  test('places steps on an axis of time and knows the pace', () => {
    const steps = envelopeOf(ramp(0, 100), 1000).whole;
    const times = envelopeOf(ramp(0, 100), 1000, 'wall-time').whole;
    const clock = runClock(steps, times)!;
    expect(clock.at(50)).toBe(1100);
    expect(clock.at(50.5)).toBe(1101);
    expect(clock.at(-1)).toBeUndefined();
    expect(clock.at(100)).toBeUndefined();
    expect(clock.recentRate).toBeCloseTo(0.5);
  });

  test('does not guess from envelopes of different lengths', () => {
    const steps = envelopeOf(ramp(0, 100), 1000).whole;
    expect(runClock(steps, envelopeOf(ramp(0, 101), 1000, 'wall-time').whole)).toBeUndefined();
  });
});

describe('bands of findings', () => {
  const findings = [
    { id: 'long', severity: 'error', fromStep: 0, toStep: 100 },
    { id: 'short', severity: 'warning', fromStep: 40, toStep: 50 },
  ] as never;

  test('a click means the narrowest', () => {
    const bands = findingBands(findings, 'short', 'steps');
    const plot = { x: (place: number) => place };
    expect(bandAt(bands, 45, plot, 0)?.finding).toBe('short');
    expect(bandAt(bands, 70, plot, 0)?.finding).toBe('long');
    expect(bandAt(bands, 110, plot, 5)).toBeUndefined();
  });

  test('there are none on an axis of time without a clock', () => {
    expect(findingBands(findings, undefined, undefined)).toEqual([]);
  });
});

describe('chart plan', () => {
  const signal = (role: string, tag = role, rank?: number): ReportedSignal => ({
    role,
    tag,
    ...(rank === undefined ? {} : { rank }),
    points: 10,
    nonFinite: 0,
    stepUnit: 'step',
  });

  test('groups by role, training and evaluation together', () => {
    const signals = [signal('eval/loss'), signal('train/loss'), signal('gradient-norm'), signal('other', 'x')];
    const plans = planCharts(signals, ['x', 'gone']);
    expect(plans.map(({ title, signals: drawn }) => [title, drawn.map(({ tag }) => tag)])).toEqual([
      ['Loss', ['train/loss', 'eval/loss']],
      ['Gradient norm', ['gradient-norm']],
      ['x', ['x']],
    ]);
    expect(undrawn(signals, plans)).toEqual([]);
  });

  test('says how many ranks are left out', () => {
    const ranks = Array.from({ length: 10 }, (_, rank) => signal('train/loss', 'loss', rank));
    const [plan] = planCharts(ranks, []);
    expect(plan!.signals.length).toBe(MOST_CURVES);
    expect(plan!.leftOut).toBe(4);
  });

  test('a log of unknown names is not an empty page', () => {
    expect(planCharts([signal('epoch'), signal('other', 'a'), signal('other', 'b')], []).length).toBe(2);
  });
});
