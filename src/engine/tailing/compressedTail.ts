import { stat } from 'node:fs/promises';
import { describeFileError, isMissing } from '../fileErrors.js';
import { gunzipped, isDamage } from './gunzip.js';
import type { Tail, TailRead } from './tail.js';

/** Reads the content of a `.gz` file. Nobody appends to one: when it changes, it is another. */
export class CompressedTail implements Tail {
  private readonly path: string;
  private content: AsyncGenerator<Uint8Array, void> | undefined;
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
      const message = isDamage(error)
        ? 'the compressed data end early or are damaged; what precedes was read'
        : describeFileError(error);
      return { kind: 'failed', message };
    }
  }

  close(): void {
    void this.content?.return();
    this.content = undefined;
    this.done = true;
  }

  private async readOn(): Promise<TailRead> {
    this.version ??= await this.versionNow();
    this.content ??= gunzipped(this.path);
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
