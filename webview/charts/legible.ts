/** Red, green and blue from 0 to 255. */
type Colour = readonly [number, number, number];

/** What WCAG 2.1 (success criterion 1.4.11) asks of graphics that carry meaning. */
const LEAST_CONTRAST = 3;
const MIXING_STEPS = 20;

/**
 * A theme's colour, at full strength (the orange of some themes is the translucent one of their search marks) and drawn
 * towards the foreground as far as it takes to be seen on the background. All three as themes write colours:
 * `#rrggbb`, `#rrggbbaa`, `rgb()` or `rgba()`; one that is written otherwise is left as it is.
 */
export function legible(colour: string, background: string, foreground: string): string {
  const [wanted, ground, text] = [colour, background, foreground].map(parse);
  if (!ground || !text || !wanted) {
    return colour;
  }
  const steps = Array.from({ length: MIXING_STEPS + 1 }, (_, step) => mix(wanted, text, step / MIXING_STEPS));
  const [red, green, blue] = steps.find((mixed) => contrast(mixed, ground) >= LEAST_CONTRAST) ?? text;
  return `rgb(${red}, ${green}, ${blue})`;
}

function parse(text: string): Colour | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?:[0-9a-f]{2})?$/i.exec(text.trim());
  const list = /^rgba?\((\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+[\d.]+)?\)$/.exec(text.trim());
  const [, red, green, blue] = hex ?? list ?? [];
  const radix = hex ? 16 : 10;
  return red === undefined || green === undefined || blue === undefined
    ? undefined
    : [Number.parseInt(red, radix), Number.parseInt(green, radix), Number.parseInt(blue, radix)];
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const channel = (index: 0 | 1 | 2): number => Math.round(from[index] + (to[index] - from[index]) * share);
  return [channel(0), channel(1), channel(2)];
}

function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance as WCAG defines it. */
function luminance([red, green, blue]: Colour): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
