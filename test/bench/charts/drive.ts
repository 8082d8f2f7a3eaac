/** Runs in the page: moves a chart through scripted views, one a frame, and times every frame. */
import uPlot from 'uplot';
import { GUTTER, RIGHT_MARGIN } from '../../../webview/charts/curveChart.js';
import { panned, zoomed } from '../../../webview/charts/viewport.js';
import type { Viewport } from '../../../webview/charts/viewport.js';
import { lossAt, POINTS } from './curve.js';
import { LIVE_CHANNEL } from './live.js';

/** Milliseconds, one entry a frame. */
export interface FrameTimes {
  /** Handlers and drawing code, until the last callback of the frame returns. */
  readonly script: number[];
  /** All that the main thread does for the frame: script, style, layout and recording of the picture. */
  readonly frame: number[];
  /** From this frame's beginning to the next one's. */
  readonly interval: number[];
}

/** One move of the script: a zoom by `factor` around a share of the view, or a pan by a share of it. */
type Move = { readonly factor: number; readonly anchor: number } | { readonly pan: number };

const EXTENT: Viewport = { from: 0, to: POINTS - 1 };
/** How the page turns the wheel into a zoom: see webview/charts/gestures.ts. */
const WHEEL_ZOOM_SPEED = 0.0022;
/** Moves that are made before the clock runs, so that the code is compiled. */
const WARM_UP = 40;
const REST_MS = 500;

/** At millions of points in view, at a hundred thousand, at a few hundred, and all the way back. */
function script(): Move[] {
  const repeat = (count: number, move: Move): Move[] => Array.from({ length: count }, () => move);
  return [
    ...repeat(30, { factor: 0.97, anchor: 0.654 }),
    ...repeat(60, { pan: 0.01 }),
    ...repeat(60, { pan: -0.01 }),
    ...repeat(50, { factor: 0.93, anchor: 0.654 }),
    ...repeat(60, { pan: 0.03 }),
    ...repeat(60, { factor: 0.9, anchor: 0.5 }),
    ...repeat(60, { pan: 0.03 }),
    ...repeat(120, { factor: 1.1, anchor: 0.4 }),
  ];
}

/** Applies one move a frame; a frame counts from its first callback on, with the handlers and all drawing in it. */
function timeFrames(moves: readonly Move[], apply: (move: Move) => void): Promise<FrameTimes> {
  const times: FrameTimes = { script: [], frame: [], interval: [] };
  let next = 0;
  let start = 0;
  return new Promise((resolve) => {
    const painted = (): void => {
      times.frame.push(performance.now() - start);
      if (next === moves.length) {
        resolve(times);
      }
    };
    const end = (): void => {
      times.script.push(performance.now() - start);
      // The first task after the frame was laid out and painted.
      void scheduler.postTask(painted, { priority: 'user-blocking' });
    };
    let before: number | undefined;
    const begin = (timestamp: number): void => {
      start = performance.now();
      if (before !== undefined) {
        times.interval.push(timestamp - before);
      }
      before = timestamp;
      const move = moves[next++];
      if (move) {
        // The page draws between these two callbacks of the next frame, in the order of asking.
        requestAnimationFrame(begin);
        apply(move);
        requestAnimationFrame(end);
      }
    };
    requestAnimationFrame(begin);
  });
}

/** The run page under a wheel, as a hand would move it. */
function driveEvenkeel(): (move: Move) => void {
  const surface = document.querySelector('[data-chart="loss"] .plot')!;
  const box = surface.getBoundingClientRect();
  const left = box.left + GUTTER;
  const width = box.width - GUTTER - RIGHT_MARGIN;
  return (move) => {
    const turn: WheelEventInit =
      'pan' in move
        ? { deltaX: move.pan * width }
        : { deltaY: Math.log(move.factor) / WHEEL_ZOOM_SPEED, ctrlKey: true, clientX: left + width * move.anchor };
    surface.dispatchEvent(new WheelEvent('wheel', { ...turn, bubbles: true, cancelable: true }));
  };
}

/** uPlot over the page, as large as the page's own plot, through the same views. */
function driveReference(size: { width: number; height: number }): { apply(move: Move): void; remove(): void } {
  const steps = new Float64Array(POINTS);
  const losses = new Float64Array(POINTS);
  for (let step = 0; step < POINTS; step++) {
    steps[step] = step;
    losses[step] = lossAt(step);
  }
  const place = document.createElement('div');
  place.style.cssText =
    'position: fixed; inset: 0 auto auto 0; z-index: 9; background: var(--vscode-editor-background)';
  document.body.append(place);
  const chart = new uPlot(
    {
      ...size,
      legend: { show: false },
      scales: { x: { time: false } },
      series: [{}, { stroke: '#3794ff', width: 1.5, points: { show: false } }],
    },
    [steps, losses],
    place,
  );
  let view: Viewport = EXTENT;
  return {
    apply: (move) => {
      const { from, to } = view;
      view =
        ('pan' in move
          ? panned(view, EXTENT, move.pan)
          : zoomed(view, EXTENT, move.factor, from + (to - from) * move.anchor)) ?? EXTENT;
      chart.setScale('x', { min: view.from, max: view.to });
    },
    remove: () => {
      chart.destroy();
      place.remove();
    },
  };
}

async function measureEvenkeel(): Promise<FrameTimes> {
  const apply = driveEvenkeel();
  await timeFrames(script().slice(0, WARM_UP), apply);
  document.querySelector('[data-chart="loss"] .plot')!.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  await rested();
  return timeFrames(script(), apply);
}

async function measureReference(): Promise<FrameTimes> {
  const { width, height } = document.querySelector('[data-chart="loss"] canvas')!.getBoundingClientRect();
  const reference = driveReference({ width, height });
  await timeFrames(script().slice(0, WARM_UP), reference.apply);
  await rested();
  const times = await timeFrames(script(), reference.apply);
  reference.remove();
  return times;
}

/** Frames over some time in which nobody moves anything. */
async function watchFrames(milliseconds: number): Promise<FrameTimes> {
  return timeFrames(
    Array.from({ length: Math.ceil((milliseconds * 60) / 1000) }, () => ({ pan: 0 })),
    () => undefined,
  );
}

/** The page with nothing to do, then with its run growing. */
async function measureLive(milliseconds: number): Promise<{ idle: FrameTimes; live: FrameTimes }> {
  await rested();
  const idle = await watchFrames(milliseconds);
  new BroadcastChannel(LIVE_CHANNEL).postMessage('grow');
  await rested();
  return { idle, live: await watchFrames(milliseconds) };
}

function rested(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}

/** Not yet in TypeScript's library. */
declare const scheduler: { postTask(task: () => void, options: { readonly priority: string }): Promise<void> };

declare global {
  interface Window {
    measureEvenkeel(): Promise<FrameTimes>;
    measureReference(): Promise<FrameTimes>;
    measureLive(milliseconds: number): Promise<{ idle: FrameTimes; live: FrameTimes }>;
  }
}

Object.assign(window, { measureEvenkeel, measureReference, measureLive });
