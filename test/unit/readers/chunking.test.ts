import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAll } from './recordingSink.js';
import { formatNamed, SAMPLES } from './samples.js';

const SEED = 20_240_501;

describe('how the bytes are cut never changes what is read', () => {
  it.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (_name, sample) => {
    const format = formatNamed(sample.format);
    const whole = readAll(format, sample.bytes, undefined, true).calls;
    expect(whole.length).toBeGreaterThan(1);
    expect(readAll(format, sample.bytes, [1], true).calls).toEqual(whole);
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, (cuts) => {
        expect(readAll(format, sample.bytes, cuts, true).calls).toEqual(whole);
      }),
      { seed: SEED, numRuns: 25 },
    );
  });
});

describe('a file that is still being written', () => {
  it.each(SAMPLES.map((sample) => [sample.name, sample] as const))(
    '%s: what has arrived is read at once',
    (_name, sample) => {
      const format = formatNamed(sample.format);
      const whole = readAll(format, sample.bytes, undefined, true).calls;
      for (let part = 1; part < 12; part++) {
        const cut = Math.floor((sample.bytes.length * part) / 12);
        const calls = callsWithoutEnd(sample.format, sample.bytes.subarray(0, cut));
        expect(whole.slice(0, calls.length)).toEqual(calls);
      }
    },
  );
});

function callsWithoutEnd(format: string, bytes: Uint8Array): readonly string[] {
  const sink = readAll({ ...formatNamed(format), open: withoutEnd(format) }, bytes, undefined, true);
  return sink.calls;
}

function withoutEnd(format: string): ReturnType<typeof formatNamed>['open'] {
  return (path, sink) => {
    const reader = formatNamed(format).open(path, sink);
    return { read: (chunk) => reader.read(chunk), end: () => undefined };
  };
}
