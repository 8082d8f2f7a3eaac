import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';

/** Compressed bytes handed over at once: small, since a thousand times as many may come out. */
const PIECE_BYTES = 16 * 1024;

/** Whether the content of a file is told by its name to be compressed. */
export function isCompressed(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** The name without `.gz`, under which the content is known. */
export function withoutCompression(name: string): string {
  return name.replace(/\.gz$/i, '');
}

/** Whether an error tells of compressed data that are damaged, or that end early. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** The content of a `.gz` file in pieces. All that precedes damage comes first, then the error ({@link isDamage}). */
export async function* gunzipped(path: string): AsyncGenerator<Uint8Array, void> {
  const inflater = new Inflater();
  let taken = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      const out = await inflater.take(piece as Uint8Array);
      if (out.kind === 'damaged') {
        yield* carefully(path, taken);
        throw out.error;
      }
      yield* out.pieces;
      taken += (piece as Uint8Array).length;
    }
    yield* await inflater.end();
  } finally {
    inflater.close();
  }
}

/** What comes of the compressed bytes from an offset on, up to the damage: one by one, since an error takes what came out beside it. */
async function* carefully(path: string, from: number): AsyncGenerator<Uint8Array, void> {
  const inflater = new Inflater();
  try {
    if (from > 0) {
      for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES, end: from - 1 })) {
        await inflater.take(piece as Uint8Array);
      }
    }
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES, start: from })) {
      for (let index = 0; index < (piece as Uint8Array).length; index++) {
        const out = await inflater.take((piece as Uint8Array).subarray(index, index + 1));
        if (out.kind === 'damaged') {
          return;
        }
        yield* out.pieces;
      }
    }
  } finally {
    inflater.close();
  }
}

type Inflated =
  | { readonly kind: 'pieces'; readonly pieces: readonly Uint8Array[] }
  | { readonly kind: 'damaged'; readonly error: Error };

/** Node's inflater, asked piece by piece. */
class Inflater {
  private readonly stream: Gunzip = createGunzip();
  private readonly failed = new Promise<Error>((resolve) => this.stream.once('error', resolve));
  private pieces: Uint8Array[] = [];

  constructor() {
    this.stream.on('data', (piece: Uint8Array) => this.pieces.push(piece));
  }

  async take(compressed: Uint8Array): Promise<Inflated> {
    const written = new Promise<undefined>((resolve) => {
      this.stream.write(compressed, () => resolve(undefined));
    });
    const error = (await Promise.race([this.failed, written])) ?? this.stream.errored ?? undefined;
    return error ? { kind: 'damaged', error } : { kind: 'pieces', pieces: this.collected() };
  }

  /** What is left; rejects when the data end early. */
  async end(): Promise<readonly Uint8Array[]> {
    const ended = once(this.stream, 'end');
    this.stream.end();
    await ended;
    return this.collected();
  }

  close(): void {
    this.stream.destroy();
  }

  private collected(): readonly Uint8Array[] {
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }
}
