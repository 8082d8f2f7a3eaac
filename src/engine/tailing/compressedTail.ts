import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { describeFileError, isMissing } from '../fileErrors.js';
import type { Tail, TailRead } from './tail.js';

/** Reads the content of a `.gz` file. Nobody appends to one: when it changes, it is another. */
export class CompressedTail implements Tail {
  private readonly path: string;
  private content: AsyncIterator<Uint8Array> | undefined;
  private version: string | undefined;
  private done = false;

  constructor(path: string) {
    this.path = path;
  }

  async next(): Promise<TailRead> {
    try {
      return this.done ? await this.lookAgain() : await this.readOn();
    } catch (error) {
      this.close();
      if (isMissing(error)) {
        return { kind: 'missing' };
      }
      const damaged = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
      const message = damaged ? 'the compressed data end early or are damaged; what precedes was read' : undefined;
      return { kind: 'failed', message: message ?? describeFileError(error) };
    }
  }

  close(): void {
    void this.content?.return?.();
    this.content = undefined;
    this.done = true;
  }

  private async readOn(): Promise<TailRead> {
    this.version ??= await this.versionNow();
    this.content ??= contentOf(this.path);
    const piece = await this.content.next();
    if (piece.done === true) {
      this.close();
      return { kind: 'end' };
    }
    return { kind: 'bytes', bytes: piece.value };
  }

  private async lookAgain(): Promise<TailRead> {
    return (await this.versionNow()) === this.version ? { kind: 'end' } : { kind: 'replaced' };
  }

  private async versionNow(): Promise<string> {
    const { dev, ino, size, mtimeNs } = await stat(this.path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  }
}

function contentOf(path: string): AsyncIterator<Uint8Array> {
  const gunzip = createGunzip();
  // The iterator below gives the error; without a callback it would be thrown besides.
  pipeline(createReadStream(path), gunzip, () => undefined);
  return gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
}
