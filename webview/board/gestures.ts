import type { Plot } from '../charts/marks.js';
import type { Viewport } from '../charts/viewport.js';

/** What a person does with a plot, in places of the horizontal axis. */
export interface GestureListener {
  plot(): Plot | undefined;
  /** The place that lies so far along the view, from 0 to 1. */
  placeAt(share: number): number;
  hover(x: number | undefined): void;
  select(stretch: Viewport): void;
  click(x: number): void;
  zoom(factor: number, anchor: number): void;
  pan(share: number): void;
  reset(): void;
}

/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;
const WHEEL_ZOOM_SPEED = 0.0022;
/** Wheels that count lines move so many pixels a line. */
const LINE_PIXELS = 16;

/**
 * Pointer and wheel on a plot: drag selects a stretch to zoom into, with Shift it moves the view; the wheel zooms with
 * Ctrl or ⌘ (a pinch is the same event) and scrolls the page without.
 */
export function attachGestures(surface: HTMLElement, listener: GestureListener): void {
  let press: { readonly x: number; readonly moves: boolean; last: number } | undefined;

  const pixelOf = (event: MouseEvent) => event.clientX - surface.getBoundingClientRect().left;
  const valueOf = (pixel: number, plot: Plot) => {
    const inside = Math.min(Math.max(pixel, plot.left), plot.right);
    return listener.placeAt((inside - plot.left) / (plot.right - plot.left));
  };
  const selection = () => surface.querySelector<HTMLElement>('.zoom-selection');

  surface.addEventListener('pointermove', (event) => {
    const plot = listener.plot();
    if (!plot) {
      return;
    }
    const pixel = pixelOf(event);
    if (press?.moves) {
      listener.pan((press.last - pixel) / (plot.right - plot.left));
      press.last = pixel;
    } else if (press) {
      showSelection(selection(), press.x, pixel, plot);
    }
    listener.hover(pixel >= plot.left - 6 && pixel <= plot.right + 6 ? valueOf(pixel, plot) : undefined);
  });
  surface.addEventListener('pointerleave', () => {
    if (!press) {
      listener.hover(undefined);
    }
  });
  surface.addEventListener('pointerdown', (event) => {
    if (event.button === 0 && listener.plot() && !(event.target as Element).closest('button')) {
      press = { x: pixelOf(event), last: pixelOf(event), moves: event.shiftKey };
      surface.setPointerCapture(event.pointerId);
    }
  });
  surface.addEventListener('pointerup', (event) => {
    const plot = listener.plot();
    const pressed = press;
    press = undefined;
    hideSelection(selection());
    if (!plot || !pressed || pressed.moves) {
      return;
    }
    const pixel = pixelOf(event);
    if (Math.abs(pixel - pressed.x) < CLICK_PIXELS) {
      listener.click(valueOf(pixel, plot));
    } else {
      const [from, to] = [valueOf(pressed.x, plot), valueOf(pixel, plot)].sort((a, b) => a - b) as [number, number];
      listener.select({ from, to });
    }
  });
  surface.addEventListener('pointercancel', () => {
    press = undefined;
    hideSelection(selection());
  });
  surface.addEventListener('dblclick', () => {
    listener.reset();
  });
  surface.addEventListener(
    'wheel',
    (event) => {
      const plot = listener.plot();
      if (!plot) {
        return;
      }
      const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        listener.zoom(Math.exp(event.deltaY * scale * WHEEL_ZOOM_SPEED), valueOf(pixelOf(event), plot));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        listener.pan(((event.deltaX || event.deltaY) * scale) / (plot.right - plot.left));
      }
    },
    { passive: false },
  );
}

function showSelection(element: HTMLElement | null, start: number, end: number, plot: Plot): void {
  if (!element) {
    return;
  }
  const left = Math.max(plot.left, Math.min(start, end));
  const right = Math.min(plot.right, Math.max(start, end));
  element.hidden = right - left < CLICK_PIXELS;
  element.style.left = `${left}px`;
  element.style.width = `${Math.max(0, right - left)}px`;
  element.style.top = `${plot.top}px`;
  element.style.height = `${plot.bottom - plot.top}px`;
}

function hideSelection(element: HTMLElement | null): void {
  if (element) {
    element.hidden = true;
  }
}
