import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDecimal } from '../../../src/readers/text/decimal.js';

const SEED = 20_240_502;
const encoder = new TextEncoder();
const target = new Float64Array(3);

/** The number at the start of the text and where it ends; undefined when it has to be read as text. */
function read(text: string): { value: number; end: number } | undefined {
  target[1] = 77;
  const end = readDecimal(encoder.encode(`..${text}`), 2, target, 1);
  if (end < 0) {
    expect(target[1]).toBe(77);
    return undefined;
  }
  return { value: target[1], end: end - 2 };
}

const digits = (most: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most });
const decimalText = fc
  .tuple(fc.constantFrom('', '-'), fc.nat(10 ** 9), digits(19), fc.constantFrom('', 'e-5', 'E+07', 'e3', 'e-17'))
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction.join('')}${exponent}`);
/** Just at, below and above the middle between two doubles, where rounding goes wrong first. */
const nearMiddle = fc
  .tuple(fc.double({ min: 2 ** -20, max: 8, noNaN: true }), fc.integer({ min: 17, max: 19 }))
  .map(([value, precision]) => (value + value * 2 ** -53).toPrecision(precision));

describe('numbers read from bytes', () => {
  it.each([
    [
      'whatever is printed with the digits that it needs',
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    ],
    ['decimals of any length', decimalText],
    ['close to the middle between two doubles', nearMiddle],
    ['large integers', fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String)],
  ])('are what Number() makes of their text: %s', (_name, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const got = read(`${text},`);
        if (got !== undefined) {
          expect(got).toEqual({ value: Number(text), end: text.length });
        }
      }),
      { seed: SEED, numRuns: 20_000 },
    );
  });

  it.each([
    ['0', 0],
    ['-0', -0],
    ['-0.0', -0],
    ['1234567890123456', 1234567890123456],
    ['0.6931471805599453', 0.6931471805599453],
    ['0.0000012345678901234567', 0.0000012345678901234567],
    ['1e22', 1e22],
    ['1.5E-05', 1.5e-5],
  ])('%s is read at once', (text, value) => {
    expect(read(`${text} `)).toEqual({ value, end: text.length });
  });

  it.each(['', '-', '.5', '1.', '01', '-01.5', '+1', '1e', '1e+', '1e400', '1e23', 'nan', '9007199254740993'])(
    '%s is left to be read as text',
    (text) => {
      expect(read(`${text},`)).toBeUndefined();
    },
  );

  it('stops before what does not belong to the number', () => {
    expect(read('1.2.3,')).toEqual({ value: 1.2, end: 3 });
    expect(read('2024-05-01,')).toEqual({ value: 2024, end: 4 });
  });
});
