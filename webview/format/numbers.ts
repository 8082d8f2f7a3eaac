import { NUMBER_LANGUAGE } from './language.js';

/** Numbers as people read them: thousands separators, and as many digits as mean something. */

const COUNT = new Intl.NumberFormat(NUMBER_LANGUAGE, { maximumFractionDigits: 0 });

/** What stands between a number and its decimals. */
const DECIMAL =
  new Intl.NumberFormat(NUMBER_LANGUAGE).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** Formats are dear to make and cheap to use; there are few of them. */
const significant = remembered(
  (digits) => new Intl.NumberFormat(NUMBER_LANGUAGE, { maximumSignificantDigits: digits }),
);
const fixed = remembered(
  (decimals) =>
    new Intl.NumberFormat(NUMBER_LANGUAGE, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
);

/** Below this a plain decimal has too many leading zeros to be read. */
const SMALLEST_PLAIN = 1e-3;
/** From here on the exponent says more than the digits. */
const LARGEST_PLAIN = 1e7;

/** A whole number: `4216` → `4,216`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** A step, which may be fractional where a log counts epochs. */
export function formatStep(step: number): string {
  return Number.isInteger(step) ? formatCount(step) : formatValue(step, 6);
}

/** A measured value with so many significant digits; NaN and the infinities keep their names. */
export function formatValue(value: number, digits = 4): string {
  if (!Number.isFinite(value)) {
    return formatNonFinite(value);
  }
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < SMALLEST_PLAIN || magnitude >= LARGEST_PLAIN)) {
    return tidyExponent(value.toExponential(Math.max(0, digits - 1)));
  }
  const whole = magnitude >= 10 ** digits;
  return withMinus(whole ? COUNT.format(value) : significant(digits).format(value));
}

/** A number with so many decimals, never more or fewer. */
export function formatFixed(value: number, decimals: number): string {
  return withMinus(fixed(decimals).format(value));
}

/** `value` with the decimals that its neighbours on an axis, `step` apart, need to be told apart. */
export function formatTick(value: number, step: number): string {
  if (Math.abs(value) < Math.abs(step) / 1e6 || value === 0) {
    return '0';
  }
  const magnitude = Math.max(Math.abs(value), Math.abs(step));
  if (magnitude < SMALLEST_PLAIN || magnitude >= LARGEST_PLAIN) {
    const digits = Math.max(0, Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step)));
    return tidyExponent(value.toExponential(Math.min(digits, 6)));
  }
  const decimals = step >= 1 || step === 0 ? 0 : Math.min(10, Math.ceil(-Math.log10(step) - 1e-9));
  return withMinus(fixed(decimals).format(value));
}

/** From here on a ratio says nothing more than that the two have nothing to do with each other. */
const BEYOND_RATIOS = 1e6;

/** How many times the baseline the value is: `41×`, `> 1,000,000×`; undefined where a ratio says nothing. */
export function formatRatio(value: number, baseline: number): string | undefined {
  const ratio = value / baseline;
  if (!Number.isFinite(ratio) || ratio <= 0 || Math.abs(ratio - 1) < 0.005) {
    return undefined;
  }
  if (ratio > BEYOND_RATIOS) {
    return `> ${formatCount(BEYOND_RATIOS)}×`;
  }
  return `${formatValue(ratio, ratio >= 10 || ratio < 0.1 ? 2 : 3)}×`;
}

/** A share from 0 to 1: `97 %`. Never rounded up to certainty. */
export function formatPercent(share: number): string {
  if (share >= 0.995 && share < 1) {
    return '> 99 %';
  }
  return `${Math.round(share * 100)} %`;
}

/** Progress per second, turned around where a unit takes longer than a second: `3.1 steps/s`, `12 s/step`. */
export function formatRate(perSecond: number, unit: string): string {
  return perSecond >= 1 ? `${formatValue(perSecond, 2)} ${unit}s/s` : `${formatValue(1 / perSecond, 2)} s/${unit}`;
}

export function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  return value > 0 ? '+∞' : '−∞';
}

function remembered(make: (digits: number) => Intl.NumberFormat): (digits: number) => Intl.NumberFormat {
  const made = new Map<number, Intl.NumberFormat>();
  return (digits) => {
    const format = made.get(digits) ?? make(digits);
    made.set(digits, format);
    return format;
  };
}

function tidyExponent(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  const digits = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return withMinus(`${digits.replace('.', DECIMAL)}e${exponent.replace('+', '')}`);
}

/** A real minus sign lines up with digits and is not broken from them. */
function withMinus(text: string): string {
  return text.replaceAll('-', '−');
}
