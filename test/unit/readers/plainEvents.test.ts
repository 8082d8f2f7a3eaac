import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, maskCrc } from '../../../src/readers/binary/crc32c.js';
import { readAll } from './recordingSink.js';
import { formatNamed } from './samples.js';

const SEED = 20_240_504;

interface Scalar {
  readonly tag: string;
  readonly step: bigint;
  readonly value: number;
}

function varint(value: bigint): number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 128n ? [Number(rest)] : [Number(rest & 127n) | 128, ...varint(rest >> 7n)];
}

function fixed(bytes: 4 | 8, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) {
    view.setFloat32(0, value, true);
  } else {
    view.setFloat64(0, value, true);
  }
  return new Uint8Array(view.buffer);
}

function message(key: number, content: readonly number[]): number[] {
  return [key, ...varint(BigInt(content.length)), ...content];
}

function event({ tag, step, value }: Scalar, further: readonly number[]): number[] {
  const content = [...message(0x0a, [...new TextEncoder().encode(tag)]), 0x15, ...fixed(4, value)];
  const time = fixed(8, 1.7e9 + Number(step % 1000n));
  return [0x09, ...time, 0x10, ...varint(step), ...message(0x2a, message(0x0a, content)), ...further];
}

function record(data: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setInt32(8, maskCrc(crc32c(bytes, 0, 8)), true);
  bytes.set(data, 12);
  view.setInt32(12 + data.length, maskCrc(crc32c(bytes, 12, 12 + data.length)), true);
  return bytes;
}

/** What the reader makes of the events; `further` is a field behind each, of a number that no version has. */
function callsOf(scalars: readonly Scalar[], further: readonly number[] = []): readonly string[] {
  const bytes = Buffer.concat(scalars.map((scalar) => record(event(scalar, further))));
  return readAll(formatNamed('tensorboard'), new Uint8Array(bytes), undefined, true).calls;
}

const tag = fc.oneof(
  fc.constantFrom('', 'a', 'loss', 'lost', 'loss/train', 'loss/valid', 'é'),
  fc.constantFrom(...[117, 118, 119, 120, 121, 130].map((length) => 'x'.repeat(length))),
);
const step = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: -3n, max: 2n ** 53n }));
const scalar = fc.record({ tag, step, value: fc.float() });
const round = fc.array(scalar, { minLength: 1, maxLength: 4 });

describe('plain scalars', () => {
  it('are read as they would be with a field more, which makes them unusual', () => {
    fc.assert(
      fc.property(round, fc.array(scalar, { maxLength: 4 }), (usual, others) => {
        const scalars = [...usual, ...usual, ...others, ...usual, ...usual];
        const calls = callsOf(scalars);
        expect(calls.length).toBeGreaterThanOrEqual(scalars.length);
        expect(calls).toEqual(callsOf(scalars, [0x78, 1]));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
