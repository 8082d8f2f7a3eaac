import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/base/crc32.js';
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

/** A whole series of mutants takes a second or two; a reader that hangs takes for ever. */
const MAXIMUM_SECONDS = 60;

describe('damaged files', () => {
  it('are made of every format', () => {
    const sampled = new Set(SAMPLES.map(({ format }) => format));
    expect(LOG_FORMATS.map(({ id }) => id).filter((id) => !sampled.has(id))).toEqual([]);
  });

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
    MAXIMUM_SECONDS * 1000,
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

/** Pushes this many megabytes of one line in pieces, then returns what the process holds more than before. */
function pushEndlessLine(push: (piece: Uint8Array) => void, megabytes: number, byte: number): number {
  const piece = new Uint8Array(1024 * 1024).fill(byte);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let megabyte = 0; megabyte < megabytes; megabyte++) {
    push(piece);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  return most;
}

/** By the reader: a name, lines that give one point each, and the tag of the points. */
const LINE_FORMATS: readonly (readonly [id: string, path: string, lines: (number: number) => string, tag: string])[] = [
  ['jsonl', 'a.jsonl', (step) => `{"step":${step},"loss":2}\n`, 'loss'],
  ['csv', 'metrics.csv', (step) => (step === 0 ? 'step,loss\n' : `${step},2\n`), 'loss'],
  ['text', 'train.log', (step) => `step ${step}: loss 2.5\n`, 'loss'],
  ['nanogpt', 'train.log', (step) => `iter ${step}: loss 2.5, time 3ms\n`, 'loss'],
  ['mmcv-json', 'a.log.json', (step) => `{"mode":"train","epoch":1,"iter":${step},"loss":2}\n`, 'loss'],
  ['mlflow', 'mlruns/0/1/metrics/loss', (step) => `1677142461847 2 ${step}\n`, 'loss'],
];
const LINE_MEGABYTES = 100;

describe('lines without end', () => {
  it.each(LINE_FORMATS)('%s passes over one of 100 MB, says where, and reads what follows', (id, path, line, tag) => {
    const sink = new RecordingSink();
    const reader = formatNamed(id).open(path, sink);
    const before = bytesOf(line(0) + line(1));
    reader.read(before);
    const held = pushEndlessLine((piece) => reader.read(piece), LINE_MEGABYTES, 0x31);
    reader.read(bytesOf(`\n${line(2)}${line(3)}`));
    reader.end();
    expect(held).toBeLessThan(3 * MAXIMUM_LINE_BYTES);
    expect(sink.steps(tag).slice(-3)).toEqual([1, 2, 3]);
    expect(sink.problems).toHaveLength(1);
    expect(sink.problems[0]?.offset).toBe(before.length);
    expect(sink.problems[0]?.message).toBe(`line 3: ${LINE_MEGABYTES * 1024 * 1024} bytes long, skipped`);
  });

  it.each(LINE_FORMATS.filter(([, path]) => /\.(?:jsonl|csv|log)$/.test(path)))(
    '%s is known by its name when its first line is one, and reads what follows',
    (_id, path, line, tag) => {
      const first = new Uint8Array(50 * 1024 * 1024).fill(0x78);
      const answer = recogniseFormat({ path, bytes: first.subarray(0, 64 * 1024), size: first.length + 100 });
      if ('refused' in answer) {
        throw new Error(answer.refused);
      }
      const sink = new RecordingSink();
      const reader = answer.format.open(path, sink);
      reader.read(first);
      reader.read(bytesOf(`\n${line(0)}${line(1)}${line(2)}`));
      reader.end();
      expect(sink.steps(tag).slice(-2)).toEqual([1, 2]);
      expect(sink.problems).toEqual([{ offset: 0, message: `line 1: ${first.length} bytes long, skipped` }]);
    },
  );

  it.each([
    ['json', '{"history":{"loss":[3,2],"note":"'],
    ['trainer-state', '{"log_history":[{"loss":3,"step":1},{"loss":2,"step":2}],"note":"'],
    ['megatron-golden', '{"loss":{"start_step":1,"step_interval":5,"values":{"1":3,"6":2}},"note":"'],
  ])('%s keeps what precedes a string of 100 MB', (id, start) => {
    const sink = new RecordingSink();
    const reader = formatNamed(id).open('a.json', sink);
    reader.read(bytesOf(start));
    const held = pushEndlessLine((piece) => reader.read(piece), LINE_MEGABYTES, 0x78);
    reader.end();
    expect(held).toBeLessThan(3 * MAXIMUM_LINE_BYTES);
    expect(sink.values('loss')).toEqual([3, 2]);
    expect(sink.problems).toHaveLength(1);
  });

  it('a long string of escapes takes linear time', () => {
    const sink = new RecordingSink();
    const reader = formatNamed('json').open('a.json', sink);
    const start = performance.now();
    reader.read(bytesOf(`{"history":{"loss":[3,2],"note":"${'\\\\n'.repeat(2 ** 20)}"},"last":[1]}`));
    reader.end();
    expect(performance.now() - start).toBeLessThan(5000);
    expect(sink.values('loss')).toEqual([3, 2]);
    expect(sink.problems).toEqual([]);
  });

  it('other files with such a first line are refused: a name alone makes no log', () => {
    const bytes = new Uint8Array(64 * 1024).fill(0x78);
    for (const path of ['weights.csv', 'prompts.json', 'book.txt']) {
      expect(recogniseFormat({ path, bytes, size: 2 ** 27 })).toHaveProperty('refused');
    }
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

  it('a W&B record that goes on for 100 MB is passed over or held once, and what precedes it is kept', () => {
    const sample = SAMPLES.find(({ format }) => format === 'wandb') as (typeof SAMPLES)[number];
    const whole = readAll(formatNamed('wandb'), sample.bytes).scalars;
    const sink = new RecordingSink();
    const reader = formatNamed('wandb').open('a.wandb', sink);
    reader.read(sample.bytes);
    const held = pushEndlessLine((piece) => reader.read(piece), LINE_MEGABYTES, 0x41);
    reader.end();
    expect(sink.scalars).toBe(whole);
    expect(held).toBeLessThan(2 * LINE_MEGABYTES * 1024 * 1024);
    expect(sink.problems.length).toBeGreaterThan(0);
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
