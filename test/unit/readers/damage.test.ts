import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/readers/binary/crc32.js';
import { crc32c, maskCrc } from '../../../src/readers/binary/crc32c.js';
import { LOG_FORMATS, recogniseFormat } from '../../../src/readers/formats.js';
import { MAXIMUM_LINE_BYTES } from '../../../src/readers/text/lines.js';
import { bytesOf, headOf, readAll, RecordingSink } from './recordingSink.js';
import { formatNamed, SAMPLES, seededRandom } from './samples.js';

/** Shared among the samples of a format. */
const MUTANTS_PER_FORMAT = 300;

function mutantsOf(format: string): number {
  return Math.ceil(MUTANTS_PER_FORMAT / SAMPLES.filter((sample) => sample.format === format).length);
}

type Random = () => number;

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - remove + insert.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(bytes.subarray(at + remove), at + insert.length);
  return result;
}

/** Each makes one kind of damage at `at`; nothing before it changes. */
const DAMAGES: readonly ((bytes: Uint8Array, at: number, random: Random) => Uint8Array)[] = [
  (bytes, at, random) => splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << below(random, 8)))),
  (bytes, at) => bytes.slice(0, at),
  (bytes, at, random) => {
    const length = below(random, Math.min(500, bytes.length - at)) + 1;
    return splice(bytes, at, 0, bytes.slice(at, at + length));
  },
  (bytes, at, random) => splice(bytes, at, below(random, Math.min(200, bytes.length - at)) + 1, new Uint8Array(0)),
  (bytes, at) => splice(bytes, at, Math.min(8, bytes.length - at), new Uint8Array(8).fill(0xff)),
  (bytes, at, random) =>
    splice(
      bytes,
      at,
      0,
      Uint8Array.from({ length: 30 }, () => below(random, 256)),
    ),
  (bytes, at) => splice(bytes, at, 0, Uint8Array.of(0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x80)),
  (bytes, at) => splice(bytes, at, 0, new Uint8Array(5000)),
  (bytes, at) => splice(bytes, at, 0, bytesOf('['.repeat(20_000))),
  (bytes, at) => splice(bytes, at, 0, bytesOf('{"a":'.repeat(10_000))),
  (bytes, at) => splice(bytes, at, 0, bytesOf('"')),
  (bytes, at) => splice(bytes, at, 0, bytesOf('1e99999 -1e309 99999999999999999999999')),
];

describe('damaged files', () => {
  it.each(SAMPLES.map((sample, index) => [sample.name, sample, index] as const))(
    '%s: no throw, no hang, and what precedes the damage is kept',
    (_name, sample, index) => {
      const random = seededRandom(1000 + index);
      const format = formatNamed(sample.format);
      for (let mutant = 0; mutant < mutantsOf(sample.format); mutant++) {
        const at = below(random, sample.bytes.length);
        const damage = DAMAGES[(mutant + index) % DAMAGES.length] as (typeof DAMAGES)[number];
        const damaged = damage(sample.bytes, at, random);
        const sink = readAll(format, damaged);
        expect(sink.scalars).toBeGreaterThanOrEqual(scalarsBefore(sample, at));
        expect(sink.scalars).toBeLessThanOrEqual(damaged.length);
        recogniseFormat(headOf(sample.path, damaged));
      }
    },
  );

  it('cuts in damaged files change nothing, either', () => {
    const random = seededRandom(7);
    for (const sample of SAMPLES) {
      const format = formatNamed(sample.format);
      for (let mutant = 0; mutant < DAMAGES.length; mutant++) {
        const damage = DAMAGES[mutant] as (typeof DAMAGES)[number];
        const damaged = damage(sample.bytes, below(random, sample.bytes.length), random);
        const whole = readAll(format, damaged, undefined, true).calls;
        expect(readAll(format, damaged, [below(random, 50) + 1, below(random, 900) + 1], true).calls).toEqual(whole);
      }
    }
  });

  it('random bytes are no log of any format, and no format breaks on them', () => {
    const random = seededRandom(99);
    for (let round = 0; round < 40; round++) {
      const noise = Uint8Array.from({ length: 4000 }, () => below(random, 256));
      expect(recogniseFormat(headOf('noise.bin', noise))).toHaveProperty('refused');
      for (const format of LOG_FORMATS) {
        readAll(format, noise, [1000]);
      }
    }
  });
});

const counted = new WeakMap<Uint8Array, number[]>();

/** How many scalars a live reader has told when the undamaged bytes up to `at` have arrived. */
function scalarsBefore(sample: (typeof SAMPLES)[number], at: number): number {
  let counts = counted.get(sample.bytes);
  if (counts === undefined) {
    counts = [];
    const told = counts;
    const format = formatNamed(sample.format);
    readAll(
      {
        ...format,
        open: (path, sink) => {
          const reader = format.open(path, sink);
          return {
            read: (chunk) => {
              told.push(sink instanceof RecordingSink ? sink.scalars : NaN);
              reader.read(chunk);
            },
            end: () => undefined,
          };
        },
      },
      sample.bytes,
      [1],
    );
    counted.set(sample.bytes, counts);
  }
  return counts[at] ?? 0;
}

describe('lines without end', () => {
  it.each(['jsonl', 'csv', 'nanogpt', 'mlflow', 'mmcv-json', 'text'])('%s passes over one and goes on', (id) => {
    const good = bytesOf(
      id === 'csv'
        ? 'step,loss\n1,2\n'
        : id === 'jsonl'
          ? '{"step":1,"loss":2}\n'
          : id === 'mlflow'
            ? '1677142461847 2 1\n'
            : id === 'mmcv-json'
              ? '{"mode":"train","epoch":1,"iter":1,"loss":2}\n'
              : 'iter 1: loss 2, time 3ms\n',
    );
    const long = new Uint8Array(MAXIMUM_LINE_BYTES + 5000).fill(0x31);
    long[long.length - 1] = 10;
    const last = id === 'csv' ? bytesOf('2,1.5\n') : good;
    const bytes = new Uint8Array(good.length + long.length + last.length);
    bytes.set(good);
    bytes.set(long, good.length);
    bytes.set(last, good.length + long.length);
    const sink = readAll(formatNamed(id), bytes, [100_000]);
    const loss = [...sink.points].find(([tag]) => tag.includes('loss') || tag === 'file')?.[1] ?? [];
    expect(loss.length).toBe(2);
    expect(sink.problems).toHaveLength(1);
    expect(sink.problems[0]?.offset).toBe(good.length);
    expect(sink.problems[0]?.message).toContain(id === 'csv' ? 'line 3' : 'line 2');
  });

  it('a hundred megabytes of one line never stand in memory', () => {
    const reader = formatNamed('jsonl').open('x.jsonl', new RecordingSink());
    const piece = new Uint8Array(1024 * 1024).fill(0x61);
    const before = process.memoryUsage().arrayBuffers;
    for (let megabyte = 0; megabyte < 100; megabyte++) {
      reader.read(piece);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * MAXIMUM_LINE_BYTES);
    reader.end();
  });
});

describe('lengths that lie', () => {
  it('a TensorBoard record that claims 2^60 bytes with a right checksum costs no memory', () => {
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setUint32(4, 2 ** 28, true);
    view.setInt32(8, maskCrc(crc32c(header, 0, 8)), true);
    const sample = SAMPLES[0] as (typeof SAMPLES)[number];
    const bytes = splice(sample.bytes, sample.bytes.length, 0, header);
    const sink = readAll(formatNamed('tensorboard'), bytes, [1000]);
    expect(sink.scalars).toBe(readAll(formatNamed('tensorboard'), sample.bytes).scalars);
    expect(sink.problems.map(({ message }) => message).join()).toContain('passed over');
  });

  it('after a record with a damaged length, the intact ones that follow are read', () => {
    const sample = SAMPLES[1] as (typeof SAMPLES)[number];
    const good = readAll(formatNamed('tensorboard'), sample.bytes);
    const second = 12 + new DataView(sample.bytes.buffer, sample.bytes.byteOffset).getUint32(0, true) + 4;
    const bytes = sample.bytes.slice();
    bytes[second + 1] = 0x77;
    const sink = readAll(formatNamed('tensorboard'), bytes, [13]);
    expect(sink.values('loss')).toEqual(good.values('loss').slice(1));
    expect(sink.problems).toHaveLength(1);
    expect(sink.problems[0]?.offset).toBe(second);
  });

  it('a record whose data are damaged is left out alone', () => {
    const sample = SAMPLES[1] as (typeof SAMPLES)[number];
    const good = readAll(formatNamed('tensorboard'), sample.bytes);
    const second = 12 + new DataView(sample.bytes.buffer, sample.bytes.byteOffset).getUint32(0, true) + 4;
    const bytes = sample.bytes.slice();
    bytes[second + 14] = (bytes[second + 14] ?? 0) ^ 4;
    const sink = readAll(formatNamed('tensorboard'), bytes);
    expect(sink.values('loss')).toEqual(good.values('loss').slice(1));
    expect(sink.problems[0]?.message).toContain('record 2');
  });
});

describe('checksums', () => {
  const text = bytesOf('123456789');

  it('CRC-32C gives the check value of its catalogue', () => {
    expect(crc32c(text, 0, 9) >>> 0).toBe(0xe3069283);
  });

  it('CRC-32 gives the check value of its catalogue', () => {
    expect(crc32(text, 0, 9) >>> 0).toBe(0xcbf43926);
  });

  it('may be continued', () => {
    expect(crc32c(text, 4, 9, crc32c(text, 0, 4))).toBe(crc32c(text, 0, 9));
  });
});
