import { crc32 } from '../../base/crc32.js';
import { CheckpointError } from '../checkpointError.js';
import { elementType } from '../elementTypes.js';
import { openTorchLegacy } from '../formats/torchLegacy.js';
import { openTorchArchive, storageName } from '../formats/torchZip.js';
import type { TorchArchive } from '../formats/torchZip.js';
import type { Unpickled } from '../pickle/machine.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';
import type { TreeTensor } from '../torch/stateTree.js';
import type { StorageReference } from '../torch/storages.js';
import type { ZipEntry } from '../zip/zipArchive.js';
import type { Patch } from './patch.js';

/** Where the parts of a file of PyTorch are, so that a copy of it can get other bytes there. */
export interface TorchFile {
  readonly unpickled: Unpickled;
  /** Of the pickle, from the start of the file. */
  readonly pickleOffset: number;
  /** Place of a storage: undefined when it is compressed or missing. */
  place(reference: StorageReference): Promise<{ readonly offset: number; readonly bytes: number } | undefined>;
  /** Patches that bring checksums up to date once everything else has been written. */
  seal(changes: Changes): AsyncGenerator<Patch>;
}

/** The stretches that a repair writes, by their offsets; checksums are taken of what the copy then holds. */
export type Changes = readonly { readonly offset: number; readonly length: number }[];

/** Reads what a copy holds after the patches: the checksum of an archive's file is that of all its bytes. */
export type ReadBack = (offset: number, target: Uint8Array) => Promise<number>;

export async function openTorchFile(file: RandomAccess, format: string, readBack: ReadBack): Promise<TorchFile> {
  if (format === 'torch-zip') {
    return new ZipFile(file, await openTorchArchive(file), readBack).opened();
  }
  const legacy = await openTorchLegacy(file);
  return {
    unpickled: legacy.unpickled,
    pickleOffset: legacy.pickleOffset,
    place: ({ key }) => Promise.resolve(legacy.storages.get(key)),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *seal() {
      yield* [];
    },
  };
}

const DESCRIPTOR_FLAG = 8;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const PIECE_BYTES = 1024 * 1024;

class ZipFile {
  readonly #file: RandomAccess;
  readonly #torch: TorchArchive;
  readonly #readBack: ReadBack;

  constructor(file: RandomAccess, torch: TorchArchive, readBack: ReadBack) {
    this.#file = file;
    this.#torch = torch;
    this.#readBack = readBack;
  }

  async opened(): Promise<TorchFile> {
    const { archive, pickle, unpickled } = this.#torch;
    if (pickle.size !== pickle.packedSize) {
      throw new CheckpointError('the archive is compressed: save it with PyTorch again first');
    }
    return {
      unpickled,
      pickleOffset: await archive.offsetOf(pickle),
      place: (reference) => this.#place(reference),
      seal: (changes) => this.#seal(changes),
    };
  }

  async #place(reference: StorageReference): Promise<{ offset: number; bytes: number } | undefined> {
    const { archive, prefix } = this.#torch;
    const entry = archive.entries.get(storageName(prefix, reference));
    return entry?.method === 0 && entry.size === entry.packedSize
      ? { offset: await archive.offsetOf(entry), bytes: entry.size }
      : undefined;
  }

  async *#seal(changes: Changes): AsyncGenerator<Patch> {
    for (const entry of this.#torch.archive.entries.values()) {
      const from = await this.#torch.archive.offsetOf(entry);
      const to = from + entry.packedSize;
      if (!changes.some(({ offset, length }) => offset < to && offset + length > from)) {
        continue;
      }
      const checksum = Uint32Array.of(await this.#checksum(from, to));
      const bytes = new Uint8Array(checksum.buffer);
      for (const offset of await this.#checksumPlaces(entry, to)) {
        yield { offset, bytes };
      }
    }
  }

  async #checksum(from: number, to: number): Promise<number> {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, to - from));
    let crc = 0;
    for (let at = from; at < to;) {
      const read = await this.#readBack(at, piece.subarray(0, Math.min(piece.length, to - at)));
      if (read === 0) {
        throw new CheckpointError('the copy could not be read back', at);
      }
      crc = crc32(piece, 0, read, crc);
      at += read;
    }
    return crc;
  }

  /** In the directory; before the data, or after them where the writer did not know it before. */
  async #checksumPlaces(entry: ZipEntry, dataEnd: number): Promise<number[]> {
    const places = [entry.directoryOffset + 16];
    if ((entry.flags & DESCRIPTOR_FLAG) === 0) {
      return [...places, entry.localOffset + 14];
    }
    const descriptor = await readExactly(this.#file, dataEnd, 4, 'what follows the data of a file in the archive');
    const isSigned = new DataView(descriptor.buffer).getUint32(0, true) === DESCRIPTOR_SIGNATURE;
    const local = await readExactly(this.#file, entry.localOffset + 14, 4, 'a header of the archive');
    const isInHeader = local.some((byte) => byte !== 0);
    return [...places, dataEnd + (isSigned ? 4 : 0), ...(isInHeader ? [entry.localOffset + 14] : [])];
  }
}

/** The stretch of a storage that a tensor covers without gaps; undefined when it leaves some out. */
export function coveredStretch(tensor: TreeTensor): { readonly from: number; readonly bytes: number } | undefined {
  const size = elementType(tensor.dtype)?.size;
  if (!tensor.view || size === undefined) {
    return undefined;
  }
  const { offset, strides } = tensor.view;
  const count = tensor.shape.reduce((product, one) => product * one, 1);
  const last = tensor.shape.reduce((sum, one, axis) => sum + (one - 1) * (strides[axis] ?? 0), offset);
  return count === 0 || last - offset + 1 === count ? { from: offset * size, bytes: count * size } : undefined;
}
