import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAll } from './recordingSink.js';
import { formatNamed } from './samples.js';

const SEED = 20_240_503;
const encoder = new TextEncoder();

/** Lines that arrive byte by byte are always read as text, those of a whole file from their bytes where possible. */
function expectSameEitherWay(format: string, text: string): void {
  const bytes = encoder.encode(text);
  const fromBytes = readAll(formatNamed(format), bytes, undefined, true).calls;
  const fromText = readAll(formatNamed(format), bytes, [1], true).calls;
  expect(fromBytes).toEqual(fromText);
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.constantFrom('0', '-0', '1e-9', '1E5', '0.30000001192092896', '12345678901234567890', '1.2345678901234567e-08'),
);
const oddCell = fc.constantFrom(
  ...[
    '',
    ' ',
    'nan',
    '-inf',
    'NaN',
    '.5',
    '1.',
    '+3',
    '007',
    '0x1f',
    '1,5',
    '1.5 ',
    '  2',
    '\t3',
    '1.2.3',
    '4\r',
    'val',
  ],
  ...['train', 'word', '"quoted"', '"a,b"', 'a"b', '2024-05-01 12:30:00', '#', '# {"lr": 1}', '<<<<<<< mine', 'step'],
  ...['é', '\u0000', '\ufeff', 'tensor(2.5)', '"open'],
);
const cell = fc.oneof({ weight: 12, arbitrary: number }, { weight: 1, arbitrary: oddCell });
const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n', ' \n');

describe('rows of a table', () => {
  it.each([',', ';', '\t'])('are the same read from bytes and from text, separated by %j', (delimiter) => {
    const columns = ['step', 'loss', 'mode', 'timestamp', 'acc'];
    const row = fc.tuple(fc.array(cell, { minLength: 4, maxLength: 6 }), lineEnd);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const lines = rows.map(([cells, end]) => cells.join(delimiter) + end);
        expectSameEitherWay('csv', `${columns.join(delimiter)}\n${lines.join('')}`);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('go on being read from bytes and from text in turns when many of them are unusual', () => {
    const rows = Array.from({ length: 3000 }, (_, step) => `${step},${step % 7 < 3 ? `"${step / 8}"` : step / 8}`);
    expectSameEitherWay('csv', `step,loss\n${rows.join('\n')}\n"no number",x\n`);
  });
});

const odd = fc.constantFrom(
  ...['NaN', '-Infinity', 'null', 'true', 'false', '"nan"', '"1.5"', '"val"', '"train"', '"a\\"b"', '"é"', '""', '[1]'],
  ...['{"a": 1}', '01', '.5', '1.', '+1', '-', '"2024-05-01T12:30:00"', '"tab\t"', 'nul', 'truely', '1 2', '"open'],
);
const value = fc.oneof({ weight: 12, arbitrary: number }, { weight: 1, arbitrary: odd });
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('other', 'lo\\u0073s', '2', 'é', 'step', '__proto__') },
);

describe('rows of JSON', () => {
  it('are the same read from bytes and from text', () => {
    const names = ['step', 'loss', 'mode', 'grad_norm'];
    const separators = fc.constantFrom(', ', ',', ' ,  ');
    const colons = fc.constantFrom(': ', ':', ' :');
    const row = fc
      .tuple(fc.array(fc.tuple(key, value), { minLength: 3, maxLength: 4 }), separators, colons, lineEnd)
      .map(([entries, separator, colon, end]) => {
        const fields = entries.map(([name, text], index) => `"${name ?? names[index]}"${colon}${text}`);
        return `{${fields.join(separator)}}${end}`;
      });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) =>
        expectSameEitherWay('jsonl', rows.join('')),
      ),
      { seed: SEED, numRuns: 500 },
    );
  });
});
