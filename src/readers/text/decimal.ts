const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const PLUS = 43;
/** The bit that makes a letter a small one. */
const LOWER_CASE = 32;
const LOWER_E = 101;

/** Powers of ten that are doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const LARGEST_POWER = 22;

/** So many digits always make an integer that is a double, and four more are read into a second one. */
const FIRST_DIGITS = 15;
const MAXIMUM_DIGITS = FIRST_DIGITS + 4;

/** 2^27 + 1: splits a double into two halves whose products are exact (Dekker, 1971). */
const SPLITTER = 134217729;

/** Far more than the rounding errors in the correction of a quotient, far less than what decides how it is rounded. */
const CORRECTION_MARGIN = 2 ** -48;

/**
 * Reads a number as JSON writes it straight from bytes into `target[index]`, exactly as `Number()` of its text would.
 * Returns where it ends, or -1 when none is there, or one that this way cannot be sure to round rightly: it has to be
 * read as text then. Some byte after the number must not belong to it.
 */
export function readDecimal(bytes: Uint8Array, from: number, target: Float64Array, index: number): number {
  const isNegative = bytes[from] === MINUS;
  const start = isNegative ? from + 1 : from;
  let position = start;
  let point = -1;
  let first = 0;
  let rest = 0;
  let digits = 0;
  for (;;) {
    const digit = (bytes[position] as number) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits < FIRST_DIGITS) {
        first = first * 10 + digit;
      } else {
        rest = rest * 10 + digit;
      }
      digits += digits > 0 || digit > 0 ? 1 : 0;
    } else if (digit === POINT - ZERO && point < 0) {
      point = position;
    } else {
      break;
    }
    position++;
  }
  const isPadded = bytes[start] === ZERO && position > start + 1 && point !== start + 1;
  if (position === start || point === start || point === position - 1 || isPadded) {
    return -1;
  }
  let scale = point < 0 ? 0 : point + 1 - position;
  if (((bytes[position] as number) | LOWER_CASE) === LOWER_E) {
    const isSmall = bytes[position + 1] === MINUS;
    position += isSmall || bytes[position + 1] === PLUS ? 2 : 1;
    const exponent = readTwoDigits(bytes, position);
    if (exponent < 0) {
      return -1;
    }
    position += ((bytes[position + 1] as number) ^ ZERO) <= 9 ? 2 : 1;
    scale += isSmall ? -exponent : exponent;
  }
  const value = scaled(first, rest, digits, scale);
  if (value !== value) {
    return -1;
  }
  target[index] = isNegative ? -value : value;
  return position;
}

/** An exponent of one or two digits; -1 for any other. */
function readTwoDigits(bytes: Uint8Array, from: number): number {
  const first = (bytes[from] as number) ^ ZERO;
  const second = (bytes[from + 1] as number) ^ ZERO;
  if (first > 9 || (second <= 9 && ((bytes[from + 2] as number) ^ ZERO) <= 9)) {
    return -1;
  }
  return second <= 9 ? first * 10 + second : first;
}

/** The double next to the digits times ten to the `scale`; NaN where that is not certain. */
function scaled(first: number, rest: number, digits: number, scale: number): number {
  if (digits > MAXIMUM_DIGITS || scale > LARGEST_POWER || scale < -LARGEST_POWER) {
    return NaN;
  }
  if (digits <= FIRST_DIGITS) {
    return scale < 0 ? first / (POWERS[-scale] as number) : first * (POWERS[scale] as number);
  }
  return scale > 0 ? NaN : longQuotient(first, POWERS[digits - FIRST_DIGITS] as number, rest, POWERS[-scale] as number);
}

/**
 * `(first · power + rest) / divisor` rightly rounded, or NaN when it lies too close to the middle between two doubles.
 * The dividend is held as an exact sum of two doubles; so is the quotient, but for an error in the second, and the
 * result stands when no error of that size could change it.
 */
function longQuotient(first: number, power: number, rest: number, divisor: number): number {
  const product = first * power;
  const low = productError(first, power, product) + rest;
  const dividend = product + low;
  const dividendRest = low - (dividend - product);
  const quotient = dividend / divisor;
  const back = quotient * divisor;
  const remainder = dividend - back - productError(quotient, divisor, back) + dividendRest;
  const correction = remainder / divisor;
  const margin = correction * CORRECTION_MARGIN;
  const value = quotient + (correction - margin);
  return value === quotient + (correction + margin) ? value : NaN;
}

/** What rounding took from a product: `a · b - product`, exactly (Veltkamp and Dekker). */
function productError(a: number, b: number, product: number): number {
  const splitA = SPLITTER * a;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = SPLITTER * b;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}
