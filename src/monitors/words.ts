import type { Signal } from '../model/signal.js';

/** A whole number with thousands separators: 4,210. */
export function count(value: number): string {
  const text = String(Math.abs(value));
  if (text.includes('e')) {
    return quantity(value);
  }
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction.slice(0, 3)}`}`;
}

/** A measured number with as many digits as mean something: 2.31, 0.000312, 1,160, 3.8e+6, NaN. */
export function quantity(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'infinity' : '-infinity';
  }
  const size = Math.abs(value);
  if (size === 0) {
    return '0';
  }
  if (size >= 1e6 || size < 1e-4) {
    return value.toExponential(2).replace(/\.?0+e/, 'e');
  }
  if (size >= 100) {
    return count(Math.round(value));
  }
  return String(Number(value.toPrecision(size >= 10 ? 4 : 3)));
}

/** From here on the ratio says nothing more than that the two have nothing to do with each other. */
const BEYOND_RATIOS = 1e6;

/** How many times as much: "3.5 times", "340 times", "more than a million times". */
export function times(ratio: number): string {
  if (ratio > BEYOND_RATIOS) {
    return 'more than a million times';
  }
  return `${ratio >= 10 ? count(Math.round(ratio)) : String(Number(ratio.toPrecision(2)))} times`;
}

/** A share as a percentage without false precision. */
export function percent(share: number): string {
  const value = share * 100;
  return `${Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

/** "step 4,210", "epoch 12", "row 7". */
export function at(signal: Signal, step: number): string {
  return `${signal.series.stepUnit} ${count(step)}`;
}

/** "1 row", "12 rows". */
export function rows(number: number): string {
  return `${count(number)} ${number === 1 ? 'row' : 'rows'}`;
}

/** "a, b, c and 21 more". */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most);
  const more = names.length - shown.length;
  return more > 0
    ? `${shown.join(', ')} and ${count(more)} more`
    : [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** What a person calls the signal within a sentence. */
export function nameOf(signal: Signal): string {
  switch (signal.role) {
    case 'train/loss':
      return 'training loss';
    case 'eval/loss':
      return 'evaluation loss';
    case 'gradient-norm':
      return 'gradient norm';
    case 'learning-rate':
      return 'learning rate';
    default:
      return signal.series.tag;
  }
}

/** The same at the start of a sentence; a tag keeps its spelling. */
export function nameFirst(signal: Signal): string {
  const name = nameOf(signal);
  return name === signal.series.tag ? name : name.charAt(0).toUpperCase() + name.slice(1);
}
