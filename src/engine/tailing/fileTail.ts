import { closeSync, constants, fstatSync, open as openFile, openSync, read as readFile, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { describeFileError, isMissing } from '../fileErrors.js';
import { CompressedTail } from './compressedTail.js';
import { isCompressed } from './gunzip.js';
import { isOnLocalDisk } from './localDisk.js';
import type { Tail, TailRead } from './tail.js';

/** @param from bytes at the beginning of a file that are left out; 0 for a compressed one. */
export function tailOf(path: string, from = 0): Tail {
  return isCompressed(path) ? new CompressedTail(path) : new FileTail(path, from);
}

// Descriptors, not handles: a file that grows is looked at many times a second, and handles cost several times as much.
const open = promisify(openFile);
const readInto = promisify(readFile);

/** A pipe under the name of a log is not waited for; Windows has no such flag. */
const FLAGS = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);
/** So much of a file on a local disk is read on the spot: it has just been written, and lies in memory. */
const NEAR_BYTES = 64 * 1024;

const CHUNK_BYTES = 1024 * 1024;
/** Bytes kept of the beginning and of the place reached, by which a rewritten file is known. */
const MARK_BYTES = 64;

/** Holds no file open between reads: logs may be renamed, deleted and replaced while they are watched. */
export class FileTail implements Tail {
  private readonly path: string;
  private readonly from: number;
  private offset: number;
  private identity = '';
  private seenSize = -1;
  private seenChange = -1n;
  /** The first bytes that were read, and the last ones before the offset. */
  private beginning = new Uint8Array();
  private ending = new Uint8Array();
  /**
   * Whether the file lies on this machine; undefined until it has grown. Then it is read without asking the threads for
   * it that all of the process' work with files waits for.
   */
  private isNear: boolean | undefined;
  /** The last read came to the end of the file as it was then: there is nothing to look for before the next time. */
  private isAtEnd = false;

  constructor(path: string, from = 0) {
    this.path = path;
    this.from = from;
    this.offset = from;
  }

  async next(): Promise<TailRead> {
    if (this.isAtEnd) {
      this.isAtEnd = false;
      return { kind: 'end' };
    }
    let file: number | undefined;
    try {
      file = this.isNear ? openSync(this.path, FLAGS) : await open(this.path, FLAGS);
      return await this.readFrom(file);
    } catch (error) {
      return isMissing(error) ? { kind: 'missing' } : { kind: 'failed', message: describeFileError(error) };
    } finally {
      if (file !== undefined) {
        closeQuietly(file);
      }
    }
  }

  close(): void {
    // Nothing is held open.
  }

  private async readFrom(file: number): Promise<TailRead> {
    // At once: opening the file has just fetched them, over a network too.
    const { size, mtimeNs, dev, ino } = fstatSync(file, { bigint: true });
    const identity = `${dev}:${ino}`;
    const isSame = identity === this.identity || this.offset === this.from;
    if (isSame && Number(size) === this.seenSize && mtimeNs === this.seenChange && this.offset >= this.seenSize) {
      return { kind: 'end' };
    }
    if (Number(size) < this.offset || !((isSame && Number(size) > this.offset) || (await this.beginsAsRead(file)))) {
      return { kind: 'replaced' };
    }
    this.identity = identity;
    this.seenSize = Number(size);
    this.seenChange = mtimeNs;
    return this.readOn(file);
  }

  /** Reads from a little before the offset: what is there shows whether the file was rewritten. */
  private async readOn(file: number): Promise<TailRead> {
    const known = this.ending.length;
    if (known > 0) {
      this.isNear ??= await isOnLocalDisk(this.path);
    }
    const wanted = Math.min(CHUNK_BYTES, this.seenSize - this.offset);
    const read = await this.readAt(file, this.offset - known, known + wanted);
    if (Buffer.compare(read.subarray(0, known), this.ending) !== 0) {
      return { kind: 'replaced' };
    }
    const bytes = read.subarray(known);
    if (bytes.length === 0) {
      return { kind: 'end' };
    }
    this.mark(bytes);
    this.isAtEnd = this.offset >= this.seenSize;
    return { kind: 'bytes', bytes };
  }

  private mark(bytes: Uint8Array): void {
    if (this.beginning.length < MARK_BYTES) {
      this.beginning = joined(this.beginning, bytes).slice(0, MARK_BYTES);
    }
    this.ending = joined(this.ending, bytes.subarray(-MARK_BYTES)).slice(-MARK_BYTES);
    this.offset += bytes.length;
  }

  private async beginsAsRead(file: number): Promise<boolean> {
    return Buffer.compare(await this.readAt(file, this.from, this.beginning.length), this.beginning) === 0;
  }

  private async readAt(file: number, offset: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const place = [filled, length - filled, offset + filled] as const;
      const bytesRead =
        this.isNear && length <= NEAR_BYTES
          ? readSync(file, buffer, ...place)
          : (await readInto(file, buffer, ...place)).bytesRead;
      if (bytesRead === 0) {
        break;
      }
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}

/** Nothing was written, so that there is nothing to wait for and nothing to lose. */
function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // What was read has been read.
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Buffer.concat([first, second]);
}
