import type { Plot } from './marks.js';

/**
 * Shows the crosshair of a chart, its words centred below it as far as the plot goes; hides both where it lies outside.
 * @param place undefined: there is no crosshair.
 */
export function placeCrosshair(
  chart: HTMLElement,
  plot: Plot,
  place: number | undefined,
  wordsOf: (place: number) => string,
): void {
  const line = chart.querySelector<HTMLElement>('.crosshair');
  const label = chart.querySelector<HTMLElement>('.crosshair-label');
  if (!line || !label) {
    return;
  }
  const pixel = place === undefined ? NaN : plot.x(place);
  const visible = pixel >= plot.left - 0.5 && pixel <= plot.right + 0.5;
  line.hidden = !visible;
  label.hidden = !visible;
  if (visible) {
    line.style.transform = `translateX(${Math.round(pixel)}px)`;
    line.style.top = `${plot.top}px`;
    line.style.height = `${plot.bottom - plot.top}px`;
    label.textContent = wordsOf(place!);
    const half = label.offsetWidth / 2;
    const centre = Math.min(Math.max(pixel, plot.left + half), plot.right - half);
    label.style.transform = `translateX(${Math.round(centre - half)}px)`;
    label.style.top = `${plot.bottom + 2}px`;
  }
}
