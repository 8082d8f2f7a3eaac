import { closeSync, openSync, readSync } from 'node:fs';
import type { RecordSink } from '../../../src/model/record.js';
import { crc32c } from '../../../src/readers/binary/crc32c.js';
import type { LogFormat } from '../../../src/readers/reader.js';
import { RunStore } from '../../../src/store/runStore.js';

/** As the engine reads files. */
const CHUNK_BYTES = 1024 * 1024;

/** Hands a file over in chunks; the array is reused. */
export function readChunks(file: string, take: (chunk: Uint8Array) => void): void {
  const descriptor = openSync(file, 'r');
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
    take(buffer.subarray(0, read));
  }
  closeSync(descriptor);
}

/** A sink that puts points into a store, as a run does, and holds the rest to be an error: the inputs are sound. */
export class StoreSink implements RecordSink {
  readonly store = new RunStore();

  tag(name: string): number {
    return this.store.tag(name);
  }

  scalar(tag: number, step: number, value: number, wallTime: number): void {
    this.store.append(tag, step, value, wallTime);
  }

  configuration(): void {
    throw new Error('the input has no configuration');
  }

  stepUnit(): void {
    throw new Error('the input counts steps');
  }

  totalSteps(): void {
    throw new Error('the input does not say how many steps there will be');
  }

  skipped(): void {
    throw new Error('the input has nothing but scalars');
  }

  ended(): void {
    throw new Error('the input does not say that it ended');
  }

  problem({ message }: { readonly message: string }): void {
    throw new Error(message);
  }
}

/** Counts points and adds up what they hold, so that nothing of the reading can be left out. */
export class SumSink extends StoreSink {
  points = 0;
  sum = 0;
  #tags = 0;

  override tag(): number {
    return this.#tags++;
  }

  override scalar(tag: number, step: number, value: number, wallTime: number): void {
    this.points++;
    this.sum += tag + step + value + wallTime;
  }
}

/** The same for printed logs, which may say how many steps there will be. */
export class PrintedSink extends SumSink {
  override totalSteps(): void {
    this.sum++;
  }
}

/** Reads a whole file with a reader. */
export function readWith(format: LogFormat, file: string, sink: RecordSink): void {
  const reader = format.open(file, sink);
  readChunks(file, (chunk) => reader.read(chunk));
  reader.end();
}

/** The floor under every reader that checks its input: the bytes, and one CRC-32C over them. */
export function readAndCheck(file: string): number {
  let crc = 0;
  readChunks(file, (chunk) => {
    crc = crc32c(chunk, 0, chunk.length, crc);
  });
  return crc;
}

/** Reads a file line by line with nothing done to the lines but what `take` does; they are cut chunk by chunk. */
export function readLines(file: string, take: (line: string) => void): void {
  const decoder = new TextDecoder();
  let rest = '';
  readChunks(file, (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      take(line);
    }
  });
  if (rest !== '') {
    take(rest);
  }
}
