import type { Problem } from '../../model/problem.js';
import { CheckpointError } from '../checkpointError.js';
import { swapBytes } from '../elementTypes.js';
import { readExactly, Stretch } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { ElementStream, TensorData } from '../tensorData.js';
import { inflated } from './inflate.js';

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const ZIP64_EXTRA = 1;
const LARGEST_DIRECTORY = 128 * 1024 * 1024;
/** What expands further than this, to more bytes than this, is not unpacked: no weights do. */
const BOMB_RATIO = 200;
const BOMB_BYTES = 256 * 1024 * 1024;

/** A file in an archive, by its entry in the directory at the end. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of its name. */
  readonly nameLength: number;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly packedSize: number;
  readonly size: number;
  /** Of the header before its data. */
  readonly localOffset: number;
  /** Of its entry in the directory. */
  readonly directoryOffset: number;
}

/** A zip archive (APPNOTE 6.3.10, with zip64) that is read in place: nothing is ever unpacked to the disk. */
export class ZipArchive {
  readonly file: RandomAccess;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly problems: readonly Problem[];

  private constructor(file: RandomAccess, { entries, claimed }: Directory) {
    this.file = file;
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.problems = [...tricks(entries, claimed)];
  }

  static async open(file: RandomAccess): Promise<ZipArchive> {
    return new ZipArchive(file, await readDirectory(file));
  }

  /** All bytes of a small file. */
  async read(entry: ZipEntry, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    if (entry.size > limit) {
      throw new CheckpointError(`${entry.name} claims ${entry.size} bytes, more than the ${limit} that are allowed`);
    }
    const data = await this.data(entry);
    if ('unreadable' in data) {
      throw new CheckpointError(`${entry.name}: ${data.unreadable}`);
    }
    const bytes = new Uint8Array(entry.size);
    const filled = await data.open().next(bytes);
    if (filled < bytes.length) {
      throw new CheckpointError(`${entry.name} ends early`, this.file.size, 'download or save it again');
    }
    return bytes;
  }

  /** Where the data of a file begin in the archive. */
  async offsetOf(entry: ZipEntry): Promise<number> {
    const { name, nameLength, localOffset } = entry;
    const header = await readExactly(this.file, localOffset, LOCAL_BYTES + nameLength, `the header of ${name}`);
    const view = new DataView(header.buffer);
    if (view.getUint32(0, true) !== LOCAL_SIGNATURE) {
      throw new CheckpointError(`the directory of the archive points to no file for ${name}`, localOffset);
    }
    if (view.getUint16(26, true) !== nameLength || NAMES.decode(header.subarray(LOCAL_BYTES)) !== name) {
      throw new CheckpointError(
        `what the directory of the archive calls ${name} has another name where it lies: programs differ in what they read`,
        localOffset,
        'ask where it comes from',
      );
    }
    return localOffset + LOCAL_BYTES + nameLength + view.getUint16(28, true);
  }

  /** The bytes of a file, or a stretch of them, as elements to stream. Compressed ones are read from the beginning. */
  async data(
    entry: ZipEntry,
    from = 0,
    bytes = entry.size - from,
    swapUnit = 1,
  ): Promise<TensorData | { readonly unreadable: string }> {
    const reason = unreadable(entry);
    if (reason !== undefined) {
      return { unreadable: reason };
    }
    const offset = await this.offsetOf(entry);
    if (entry.method === STORED) {
      return offset + from + bytes > this.file.size
        ? { unreadable: 'truncated: the archive ends before its last element' }
        : new ContiguousData(this.file, offset + from, bytes, swapUnit);
    }
    return new DeflatedData(new Stretch(this.file, offset, entry.packedSize), entry.size, from, bytes, swapUnit);
  }
}

function unreadable({ method, flags, size, packedSize }: ZipEntry): string | undefined {
  if ((flags & ENCRYPTED_FLAG) !== 0) {
    return 'it is encrypted';
  }
  if (method !== STORED && method !== DEFLATED) {
    return `it is compressed by method ${method}, which is not read`;
  }
  if (method === STORED && size !== packedSize) {
    return 'its sizes in the archive contradict each other';
  }
  return size > BOMB_BYTES && size > BOMB_RATIO * packedSize
    ? `it would expand ${packedSize} bytes to ${size}, as no weights do: not unpacked`
    : undefined;
}

class DeflatedData implements TensorData {
  readonly order = 'row-major';
  readonly #packed: RandomAccess;
  readonly #size: number;
  readonly #from: number;
  readonly #bytes: number;
  readonly #swapUnit: number;

  constructor(packed: RandomAccess, size: number, from: number, bytes: number, swapUnit: number) {
    this.#packed = packed;
    this.#size = size;
    this.#from = from;
    this.#bytes = bytes;
    this.#swapUnit = swapUnit;
  }

  open(): ElementStream {
    const stream = inflated(this.#packed, this.#size);
    let left = this.#bytes;
    let toSkip = this.#from;
    return {
      next: async (target) => {
        const skipped = new Uint8Array(Math.min(toSkip, 64 * 1024));
        while (toSkip > 0) {
          toSkip -= await stream.next(skipped.subarray(0, Math.min(toSkip, skipped.length)));
        }
        const read = await stream.next(target.subarray(0, Math.min(target.length, left)));
        swapBytes(target.subarray(0, read), this.#swapUnit);
        left -= read;
        return read;
      },
    };
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}

const NAMES = new TextDecoder('utf-8');

interface Directory {
  readonly entries: readonly ZipEntry[];
  /** How many there are by what the end of the archive says. */
  readonly claimed: number;
}

async function readDirectory(file: RandomAccess): Promise<Directory> {
  const { offset, size, count } = await findDirectory(file);
  const bytes = await readExactly(file, offset, size, 'the directory of the archive', LARGEST_DIRECTORY);
  const view = new DataView(bytes.buffer);
  const entries: ZipEntry[] = [];
  // Like Python: by its length. Whether the count agrees is told.
  for (let at = 0; at + ENTRY_BYTES <= bytes.length;) {
    if (view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw new CheckpointError('the directory of the archive is damaged', offset + at, 'download or save it again');
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraAt = at + ENTRY_BYTES + nameLength;
    const sizes = widened(view, extraAt, Math.min(extraLength, bytes.length - extraAt), {
      size: view.getUint32(at + 24, true),
      packedSize: view.getUint32(at + 20, true),
      localOffset: view.getUint32(at + 42, true),
    });
    entries.push({
      name: NAMES.decode(bytes.subarray(at + ENTRY_BYTES, extraAt)),
      nameLength,
      method: view.getUint16(at + 10, true),
      flags: view.getUint16(at + 8, true),
      crc: view.getUint32(at + 16, true),
      ...sizes,
      directoryOffset: offset + at,
    });
    at = extraAt + extraLength + view.getUint16(at + 32, true);
  }
  return { entries, claimed: count };
}

interface Sizes {
  size: number;
  packedSize: number;
  localOffset: number;
}

/** Numbers that did not fit into 32 bits stand in an extra field, in this order. */
function widened(view: DataView, from: number, length: number, sizes: Sizes): Sizes {
  for (let at = from; at + 4 <= from + length;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      let field = at + 4;
      for (const key of ['size', 'packedSize', 'localOffset'] as const) {
        if (sizes[key] === 0xffffffff && field + 8 <= Math.min(end, from + length)) {
          sizes[key] = Number(view.getBigUint64(field, true));
          field += 8;
        }
      }
    }
    at = end;
  }
  return sizes;
}

async function findDirectory(file: RandomAccess): Promise<{ offset: number; size: number; count: number }> {
  const tailLength = Math.min(file.size, END_BYTES + LONGEST_COMMENT);
  const tailAt = file.size - tailLength;
  const tail = await readExactly(file, tailAt, tailLength, 'the end of the archive');
  const view = new DataView(tail.buffer);
  let end = tailLength - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) {
    end--;
  }
  if (end < 0) {
    throw new CheckpointError(
      'truncated: the directory at the end of the archive is missing',
      file.size,
      'download or save it again',
    );
  }
  const narrow = {
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  };
  const locator = end - ZIP64_LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== ZIP64_LOCATOR_SIGNATURE) {
    return narrow;
  }
  const wideAt = Number(view.getBigUint64(locator + 8, true));
  const wide = new DataView((await readExactly(file, wideAt, 56, 'the zip64 end of the archive')).buffer);
  if (wide.getUint32(0, true) !== ZIP64_END_SIGNATURE) {
    throw new CheckpointError('the zip64 end of the archive is damaged', wideAt, 'download or save it again');
  }
  return {
    count: Number(wide.getBigUint64(32, true)),
    size: Number(wide.getBigUint64(40, true)),
    offset: Number(wide.getBigUint64(48, true)),
  };
}

function* tricks(entries: readonly ZipEntry[], claimed: number): Generator<Problem> {
  // Without zip64 only the lower half of the number is kept.
  if (entries.length !== claimed && (entries.length & 0xffff) !== claimed) {
    yield {
      offset: entries[0]?.directoryOffset ?? 0,
      message: `the archive has ${entries.length} files and claims ${claimed}: programs differ in which of them they see`,
      remedy: 'ask where it comes from',
    };
  }
  const seen = new Set<string>();
  for (const { name, directoryOffset } of entries) {
    if (/^([\\/]|[A-Za-z]:)/.test(name) || name.split(/[\\/]/).includes('..')) {
      yield {
        offset: directoryOffset,
        message: `the archive has a file named ${name}, which would be unpacked outside its folder; nothing is unpacked here`,
        remedy: 'do not unpack it, and ask where it comes from',
      };
    }
    if (seen.has(name)) {
      yield {
        offset: directoryOffset,
        message: `the archive has two files named ${name}: programs differ in which of them they read`,
        remedy: 'ask where it comes from',
      };
    }
    seen.add(name);
  }
  yield* overlaps(entries);
}

/** Files that share bytes: how a bomb gets many large files out of a small one (Fifield, WOOT 2019). Told once. */
function* overlaps(entries: readonly ZipEntry[]): Generator<Problem> {
  const ordered = [...entries].sort((a, b) => a.localOffset - b.localOffset);
  const [first] = entries;
  let end = 0;
  let last = '';
  for (const { name, nameLength, localOffset, packedSize, directoryOffset } of ordered) {
    if (localOffset < end) {
      yield {
        offset: directoryOffset,
        message: `the files ${last} and ${name} of the archive share bytes, as those of zip bombs do`,
        remedy: 'do not unpack it, and ask where it comes from',
      };
      return;
    }
    end = localOffset + LOCAL_BYTES + nameLength + packedSize;
    last = name;
  }
  if (first && end > first.directoryOffset) {
    yield {
      offset: first.directoryOffset,
      message: `the file ${last} of the archive claims bytes up to ${end}, and the directory begins before`,
      remedy: 'download or save it again',
    };
  }
}
