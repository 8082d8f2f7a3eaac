import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32c, maskCrc } from '../../../src/readers/binary/crc32c.js';

const BUFFER_BYTES = 1024 * 1024;
const FIRST_WALL_TIME = 1_700_000_000;

/** Tags as training scripts name them; as many as asked for, in the order in which one step logs them. */
export function scalarTags(count: number): string[] {
  const first = ['train/loss', 'train/lr', 'train/grad_norm', 'train/accuracy', 'perf/tokens_per_second'];
  return Array.from({ length: count }, (_, index) => first[index] ?? `layers/${index - first.length}/weight_norm`);
}

/** Scalar events as TensorBoard's writers frame them, one record for each tag and step, made chunk by chunk. */
export class ScalarEvents {
  readonly #records: readonly Uint8Array[];
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #random = randomNumbers(17);
  #made = 0;

  constructor(tags: readonly string[]) {
    this.#records = tags.map(summaryOf);
  }

  /** Events so far. */
  get made(): number {
    return this.#made;
  }

  /** The next whole records, at most so many; valid until the next call. */
  next(maximum = Infinity): Uint8Array {
    let position = 0;
    for (let count = 0; count < maximum && position < BUFFER_BYTES - 256; count++) {
      position = this.#add(position);
    }
    return this.#buffer.subarray(0, position);
  }

  #add(start: number): number {
    const step = Math.floor(this.#made / this.#records.length);
    const summary = this.#records[this.#made % this.#records.length] as Uint8Array;
    const from = start + 12;
    this.#buffer[from] = 0x09;
    this.#view.setFloat64(from + 1, FIRST_WALL_TIME + this.#made * 0.001, true);
    this.#buffer[from + 9] = 0x10;
    let position = from + 10;
    for (let rest = step; ; rest = Math.floor(rest / 128)) {
      this.#buffer[position++] = rest < 128 ? rest : (rest % 128) | 128;
      if (rest < 128) {
        break;
      }
    }
    this.#buffer.set(summary, position);
    position += summary.length;
    this.#view.setFloat32(position - 4, 2 + this.#random() / (1 + step), true);
    this.#view.setUint32(start, position - from, true);
    this.#view.setUint32(start + 4, 0, true);
    this.#view.setInt32(start + 8, maskCrc(crc32c(this.#buffer, start, start + 8)), true);
    this.#view.setInt32(position, maskCrc(crc32c(this.#buffer, from, position)), true);
    this.#made++;
    return position + 4;
  }
}

/** `Event.summary` with one value of this tag, its number still to be filled in at the end. */
function summaryOf(tag: string): Uint8Array {
  const name = new TextEncoder().encode(tag);
  const value = [0x0a, name.length, ...name, 0x15, 0, 0, 0, 0];
  return Uint8Array.of(0x2a, value.length + 2, 0x0a, value.length, ...value);
}

/** Writes an event file of about so many bytes. */
export function writeEventFile(file: string, bytes: number, tags: number): void {
  const events = new ScalarEvents(scalarTags(tags));
  writeChunks(file, bytes, () => events.next());
}

/** Writes rows as `json.dumps` prints them. */
export function writeJsonLines(file: string, bytes: number): void {
  const rows = trainingRows();
  writeLines(file, bytes, () => {
    const { step, loss, gradientNorm, learningRate, tokens, time } = rows();
    return `{"step": ${step}, "loss": ${loss}, "grad_norm": ${gradientNorm}, "learning_rate": ${learningRate}, "tokens_per_second": ${tokens}, "timestamp": ${time}}\n`;
  });
}

/** Writes a table as Python's `csv` module does. */
export function writeTable(file: string, bytes: number): void {
  const rows = trainingRows();
  const header = 'step,loss,grad_norm,learning_rate,tokens_per_second,timestamp\n';
  writeLines(
    file,
    bytes,
    () => {
      const { step, loss, gradientNorm, learningRate, tokens, time } = rows();
      return `${step},${loss},${gradientNorm},${learningRate},${tokens},${time}\n`;
    },
    header,
  );
}

/** Lines as programs print them, by what they are: of a loop of one's own, of nanoGPT, of a Trainer above its bar. */
export const PRINTED_LINES: Readonly<Record<string, (row: TrainingRow) => string>> = {
  'a loop of one’s own': ({ step, loss, gradientNorm, learningRate }) =>
    `2024-05-01 10:00:00,123 - train - INFO - step ${step} | loss: ${loss.toFixed(4)} | lr: ${learningRate.toExponential(3)} | grad_norm: ${gradientNorm.toFixed(3)}\n`,
  'blanks alone': ({ step, loss, gradientNorm }) =>
    `step ${step} loss ${loss.toFixed(4)} norm ${gradientNorm.toFixed(3)} lr 3.0e-04\n`,
  nanoGPT: ({ step, loss, tokens }) =>
    `iter ${step}: loss ${loss.toFixed(4)}, time ${tokens.toFixed(2)}ms, mfu 31.25%\n`,
  'a Trainer above its bar': ({ step, loss, gradientNorm, learningRate }) =>
    `  5%|▌         | ${step}/100000000 [00:20<05:50,  2.03s/it]\n{'loss': ${loss.toFixed(4)}, 'grad_norm': ${gradientNorm}, 'learning_rate': ${learningRate}, 'epoch': 0.16}\n`,
};

/** Writes what a program prints. */
export function writePrinted(file: string, bytes: number, print: (row: TrainingRow) => string): void {
  const rows = trainingRows();
  writeLines(file, bytes, () => print(rows()));
}

interface TrainingRow {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly tokens: number;
  readonly time: number;
}

/**
 * Numbers as they are logged: doubles and float32s with all their 16 to 17 digits, as `.item()` gives them, and
 * rounded ones.
 */
function trainingRows(): () => TrainingRow {
  const random = randomNumbers(29);
  let step = 0;
  return () => {
    step += 10;
    return {
      step,
      loss: Math.fround(1.5 + random() * 0.2),
      gradientNorm: 0.5 + random(),
      learningRate: 0.0003 * (1 - (step % 1_000_000) / 1_000_000),
      tokens: Math.round(random() * 1e7) / 100,
      time: FIRST_WALL_TIME + Math.round(step * 12.5) / 100,
    };
  };
}

function writeLines(file: string, bytes: number, line: () => string, header = ''): void {
  let beginning = header;
  writeChunks(file, bytes, () => {
    const lines = [beginning];
    beginning = '';
    for (let length = 0; length < BUFFER_BYTES; length += (lines.at(-1) as string).length) {
      lines.push(line());
    }
    return Buffer.from(lines.join(''));
  });
}

function writeChunks(file: string, bytes: number, next: () => Uint8Array): void {
  const descriptor = openSync(file, 'w');
  for (let written = 0; written < bytes;) {
    written += writeSync(descriptor, next());
  }
  closeSync(descriptor);
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
