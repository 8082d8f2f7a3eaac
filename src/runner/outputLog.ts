import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './jobFolder.js';
import { JOB_FILES } from './jobRecord.js';

/** How much of what a job prints is kept, in bytes. */
export interface OutputBounds {
  /** Of the beginning, which holds what the job was started with and the first of its log. */
  readonly beginning: number;
  /** Of each of the two files that hold the newest in turns. */
  readonly tail: number;
}

export const STANDARD_BOUNDS: OutputBounds = { beginning: 64 * 1024 * 1024, tail: 16 * 1024 * 1024 };

const LINE_FEED = 10;

/**
 * Keeps what a job prints, within bounds: the beginning in one file that only grows, so that it can be read as a log,
 * the newest in two more. A disk that is full costs what was printed, never the job.
 */
export class OutputLog {
  private readonly folder: string;
  private readonly bounds: OutputBounds;
  private file: number | undefined;
  private written = 0;
  private place: 'beginning' | 'tail' = 'beginning';
  private failed: string | undefined;

  constructor(folder: string, bounds: OutputBounds = STANDARD_BOUNDS) {
    this.folder = folder;
    this.bounds = bounds;
    this.begin(JOB_FILES.output);
  }

  /** Why something that was printed is missing; undefined where nothing is. */
  get problem(): string | undefined {
    return this.failed;
  }

  write(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0 && this.place === 'beginning' && this.written + rest.length > this.bounds.beginning) {
      rest = this.finishBeginning(rest);
    }
    if (this.place === 'tail' && this.written >= this.bounds.tail) {
      this.turnTail();
    }
    this.append(rest);
  }

  close(): void {
    if (this.file !== undefined) {
      closeSync(this.file);
      this.file = undefined;
    }
  }

  /** Ends the beginning with a whole line where one ends before twice the bound. @returns what is left. */
  private finishBeginning(chunk: Uint8Array): Uint8Array {
    const room = this.bounds.beginning - this.written;
    const end = chunk.indexOf(LINE_FEED, Math.max(0, room - 1));
    if (end < 0 && this.written + chunk.length < 2 * this.bounds.beginning) {
      this.append(chunk);
      return new Uint8Array();
    }
    this.append(chunk.subarray(0, end + 1));
    this.append(Buffer.from(`[evenkeel] this file is full: the newest output is in ${JOB_FILES.outputTail}\n`));
    this.close();
    this.place = 'tail';
    this.begin(JOB_FILES.outputTail);
    return chunk.subarray(end + 1);
  }

  private turnTail(): void {
    this.close();
    try {
      renameSync(path.join(this.folder, JOB_FILES.outputTail), path.join(this.folder, JOB_FILES.outputTailBefore));
    } catch (error) {
      this.failed = codeOf(error);
    }
    this.begin(JOB_FILES.outputTail);
  }

  private begin(name: string): void {
    this.written = 0;
    try {
      this.file = openSync(path.join(this.folder, name), 'w');
    } catch (error) {
      this.failed = codeOf(error);
    }
  }

  private append(bytes: Uint8Array): void {
    this.written += bytes.length;
    for (let offset = 0; this.file !== undefined && offset < bytes.length;) {
      try {
        offset += writeSync(this.file, bytes, offset);
      } catch (error) {
        this.failed = codeOf(error); // Tried again with the next chunk: a full disk may have been cleared by then.
        return;
      }
    }
  }
}

/** How often a log that does not grow is looked at, in milliseconds: what people still take for at once. */
const POLL_MS = 100;
const PIECE_BYTES = 256 * 1024;
const GAP = '\n[evenkeel] some of the output may be left out here\n';

/**
 * What a job has printed and prints, from its run's folder, by any process at any time. Output that came and went
 * between two looks is left out, and said to be.
 * @param hasEnded whether nothing more will be printed: then it goes on to the end of what there is.
 */
export async function* followOutput(
  folder: string,
  hasEnded: () => Promise<boolean>,
  abort: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = new OutputReader(folder);
  try {
    for (;;) {
      const last = await hasEnded();
      for (let piece = await reader.next(); piece && !abort.aborted; piece = await reader.next()) {
        yield piece;
      }
      if (last || abort.aborted) {
        return;
      }
      await delay(POLL_MS, undefined, { signal: abort }).catch(() => undefined);
    }
  } finally {
    await reader.close();
  }
}

class OutputReader {
  private readonly folder: string;
  private handle: FileHandle | undefined;
  private inode: number | undefined;
  private offset = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async next(): Promise<Uint8Array | undefined> {
    if (!this.handle) {
      await this.goOnTo(await this.opened(JOB_FILES.output));
    }
    const piece = await this.read();
    if (piece) {
      return piece;
    }
    const following = await this.following();
    if (!following) {
      return undefined;
    }
    const rest = await this.read(); // Written between the two looks.
    if (rest) {
      await following.file.handle.close();
      return rest;
    }
    await this.goOnTo(following.file);
    return following.isGap ? Buffer.from(GAP) : this.next();
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  private async read(): Promise<Uint8Array | undefined> {
    if (!this.handle) {
      return undefined;
    }
    const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, this.offset);
    this.offset += bytesRead;
    return bytesRead > 0 ? buffer.subarray(0, bytesRead) : undefined;
  }

  /** The file that was written after the one read last, as far as it is still there. */
  private async following(): Promise<{ file: OpenedFile; isGap: boolean } | undefined> {
    const newest = this.handle && (await this.opened(JOB_FILES.outputTail));
    if (!newest || newest.inode === this.inode) {
      await newest?.handle.close();
      return undefined;
    }
    const before = await this.opened(JOB_FILES.outputTailBefore);
    if (!before || before.inode === this.inode) {
      await before?.handle.close();
      return { file: newest, isGap: false };
    }
    await newest.handle.close();
    return { file: before, isGap: true };
  }

  private async goOnTo(file: OpenedFile | undefined): Promise<void> {
    await this.handle?.close();
    this.handle = file?.handle;
    this.inode = file?.inode;
    this.offset = 0;
  }

  private async opened(name: string): Promise<OpenedFile | undefined> {
    const handle = await open(path.join(this.folder, name), 'r').catch(() => undefined);
    return handle && { handle, inode: (await handle.stat()).ino };
  }
}

interface OpenedFile {
  readonly handle: FileHandle;
  readonly inode: number;
}
