import * as l10n from '@vscode/l10n';

/** Digits that a logged value is shown with: enough to see it move, few enough to read at a glance. */
const SIGNIFICANT_DIGITS = 3;
/** A pace is a mean over a few steps: its third digit is noise. */
const PACE_DIGITS = 2;

/**
 * A logged value: "2.31", "12,345", "3.2e−5", "NaN", "−∞". Small values are most often settings, such as a learning
 * rate of 0.002: they lose their trailing zeros; others keep them, so that a live value does not change its width.
 */
export function formatValue(value: number, digits: number = SIGNIFICANT_DIGITS): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : '−∞';
  }
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) {
    return withMinusSign(withoutTrailingZeros(value.toExponential(digits - 1)).replace('e+', 'e'));
  }
  const decimals = magnitude >= 1000 ? 0 : Math.max(0, digits - 1 - exponentOf(magnitude));
  const fixed = withThousands(value.toFixed(decimals));
  return withMinusSign(magnitude < 0.1 ? withoutTrailingZeros(fixed) : fixed);
}

/** A count or a step in full: "4,216". */
export function formatCount(count: number): string {
  return withMinusSign(withThousands(String(count)));
}

/** A count where room is short: "20k", "1.5M"; in full below ten thousand and where rounding would lie. */
export function formatShortCount(count: number): string {
  for (const [unit, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= 10 * unit || (unit > 1e3 && count >= unit)) {
      const short = Math.round((count / unit) * 10) / 10;
      return short * unit === count ? `${short}${letter}` : formatCount(count);
    }
  }
  return formatCount(count);
}

/** Pace of a run: "3.1 it/s", or "12.5 s/it" where a step takes longer than a second. */
export function formatPace(stepsPerSecond: number): string {
  return stepsPerSecond >= 1
    ? l10n.t('{0} it/s', formatValue(stepsPerSecond, PACE_DIGITS))
    : l10n.t('{0} s/it', formatValue(1 / stepsPerSecond, PACE_DIGITS));
}

function exponentOf(magnitude: number): number {
  return magnitude === 0 ? 0 : Math.floor(Math.log10(magnitude));
}

function withoutTrailingZeros(digits: string): string {
  return digits.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}

function withMinusSign(digits: string): string {
  return digits.replaceAll('-', '−');
}

function withThousands(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
