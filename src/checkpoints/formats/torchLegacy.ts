import type { Problem } from '../../model/problem.js';
import type { CheckpointFormat, Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementType } from '../elementTypes.js';
import { PickleEndsEarly, unpickle } from '../pickle/machine.js';
import type { Unpickled } from '../pickle/machine.js';
import { entry, itemsOf, keyText, PickleCall, PicklePersistent, PickleSequence } from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { Storage } from '../tensorData.js';
import { storageOf } from '../torch/storages.js';
import type { StorageReference } from '../torch/storages.js';
import { torchCheckpoint } from '../torch/torchCheckpoint.js';
import type { TorchCheckpoint } from '../torch/torchCheckpoint.js';

/** `torch.serialization.MAGIC_NUMBER` as protocols 2 and later write it: LONG1, ten bytes. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTO = 0x80;
const LARGEST_PICKLE = 64 * 1024 * 1024;
const FIRST_WINDOW = 256 * 1024;

/** What `torch.save` wrote before PyTorch 1.6: five pickles, then the storages. */
export const TORCH_LEGACY: CheckpointFormat = {
  id: 'torch-legacy',
  title: 'PyTorch (legacy)',
  savedBy: ['PyTorch'],
  endings: ['.pt', '.pth', '.bin', '.ckpt', '.t7'],
  recognise: ({ bytes }) => bytes[0] === PROTO && MAGIC.every((byte, index) => bytes[2 + index] === byte),
  open: ({ main }) => readTorchLegacy(main),
};

/** A bare pickle: what `pickle.dump` and `joblib.dump` write. */
export const PICKLE: CheckpointFormat = {
  id: 'pickle',
  title: 'Python pickle',
  savedBy: ['pickle', 'PyTorch Distributed Checkpoint'],
  endings: ['.pkl', '.pickle', '.ckpt', '.bin', '.pt', '.pth'],
  recognise: ({ bytes, name }) =>
    (bytes[0] === PROTO && (bytes[1] ?? 9) <= 5 && bytes.length > 2) ||
    (/\.(pkl|pickle|pt|pth|bin|ckpt)$/i.test(name) &&
      LOOKS_LIKE_TEXT_PICKLE.test(String.fromCharCode(...bytes.subarray(0, 64)))),
  open: async ({ main }) => {
    const { unpickled } = await readPickle(main, 0);
    return torchCheckpoint(unpickled, () => ({ unreadable: 'its storage lies outside the pickle' }), []);
  },
};

/** Protocols 0 and 1 have no beginning of their own: a mark, a container or a global. */
const LOOKS_LIKE_TEXT_PICKLE = /^(\((d|l|t|i|S|V|I|c|K|X)|c[\w.]+\n\w|[}\]]q?.|I-?\d+\n|S'|V\w)/s;

export async function readTorchLegacy(file: RandomAccess): Promise<TorchCheckpoint> {
  const { unpickled, storages, end } = await openTorchLegacy(file);
  const problems: Problem[] =
    end > file.size
      ? [
          {
            offset: file.size,
            message: `truncated: the storages end at byte ${end}, and the file at ${file.size}`,
            remedy: 'download or save it again',
          },
        ]
      : [];
  return torchCheckpoint(unpickled, (reference, dtype) => storageIn(file, storages, reference, dtype), problems);
}

/** Where the storages of a legacy file lie. */
export interface LegacyFile {
  readonly unpickled: Unpickled;
  /** Of the pickle that describes the tensors, from the start of the file. */
  readonly pickleOffset: number;
  readonly storages: ReadonlyMap<string, StoragePlace>;
  /** Bytes that the file should have. */
  readonly end: number;
}

interface StoragePlace {
  readonly offset: number;
  readonly bytes: number;
  readonly isBigEndian: boolean;
}

export async function openTorchLegacy(file: RandomAccess): Promise<LegacyFile> {
  const magic = await readPickle(file, 0);
  const protocol = await readPickle(file, magic.end);
  const system = await readPickle(file, protocol.end);
  const content = await readPickle(file, system.end);
  const keys = await readPickle(file, content.end);
  const isBigEndian = entry(system.unpickled.value, 'little_endian') === false;
  const storages = new Map<string, StoragePlace>();
  const sizes = storageSizes(content.unpickled.value);
  let offset = keys.end;
  for (const key of itemsOf(keys.unpickled.value) ?? []) {
    const name = keyText(key) ?? '';
    const reference = sizes.get(name);
    const size =
      reference?.dtype === undefined ? 1 : (elementType(reference.dtype)?.size ?? quantisedSize(reference.dtype));
    const count = await readCount(file, offset, isBigEndian);
    storages.set(name, { offset: offset + 8, bytes: (count ?? reference?.elements ?? 0) * size, isBigEndian });
    offset += 8 + (count ?? reference?.elements ?? 0) * size;
  }
  return { unpickled: content.unpickled, pickleOffset: system.end, storages, end: offset };
}

function quantisedSize(dtype: string): number {
  return dtype === 'qint32' ? 4 : 1;
}

/** Undefined where the file has ended. */
async function readCount(file: RandomAccess, offset: number, isBigEndian: boolean): Promise<number | undefined> {
  if (offset + 8 > file.size) {
    return undefined;
  }
  const bytes = await readExactly(file, offset, 8, 'the size of a storage');
  const count = Number(new DataView(bytes.buffer).getBigInt64(0, !isBigEndian));
  if (count < 0 || !Number.isSafeInteger(count * 16)) {
    throw new CheckpointError(`a storage claims ${count} elements`, offset, 'download or save it again');
  }
  return count;
}

/** One pickle of several, with where the next begins. */
async function readPickle(file: RandomAccess, offset: number): Promise<{ unpickled: Unpickled; end: number }> {
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const length = Math.min(window, file.size - offset, LARGEST_PICKLE);
    const bytes = await readExactly(file, offset, Math.max(0, length), 'a pickle');
    try {
      const unpickled = unpickle(bytes);
      return { unpickled, end: offset + unpickled.end };
    } catch (error) {
      if (!(error instanceof PickleEndsEarly) || length === file.size - offset) {
        throw error;
      }
      if (length === LARGEST_PICKLE) {
        throw new CheckpointError(`the pickle is larger than ${LARGEST_PICKLE} bytes`, offset);
      }
    }
  }
}

/** Every storage that a value refers to, by its key. */
function storageSizes(root: PickleValue): Map<string, StorageReference> {
  const found = new Map<string, StorageReference>();
  const seen = new Set<PickleValue>();
  const waiting: PickleValue[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value === null || typeof value !== 'object' || seen.has(value)) {
      continue;
    }
    seen.add(value);
    const storage = storageOf(value);
    if (storage) {
      found.set(storage.key, storage);
    } else if (value instanceof PickleSequence) {
      waiting.push(...chunkless(value.items));
    } else if (value instanceof PickleCall) {
      waiting.push(...chunkless(value.args), ...chunkless(value.items), ...chunkless(value.entries.flat()));
      if (value.state !== undefined) {
        waiting.push(value.state);
      }
    } else if ('entries' in value) {
      waiting.push(...chunkless((value as { entries: PickleValue[][] }).entries.flat()));
    } else if (value instanceof PicklePersistent) {
      waiting.push(value.id);
    }
  }
  return found;
}

/** Only what can hold a storage: arguments of a call must not be too many. */
function chunkless(values: readonly PickleValue[]): PickleValue[] {
  return values.filter((value) => value !== null && typeof value === 'object').slice(0, 100_000);
}

function storageIn(
  file: RandomAccess,
  storages: LegacyFile['storages'],
  reference: StorageReference,
  dtype: string,
): Storage | Unreadable {
  const place = storages.get(reference.key);
  const type = elementType(dtype);
  if (!place || !type) {
    return { unreadable: `its storage ${reference.key} is missing in the file` };
  }
  if (place.offset + place.bytes > file.size) {
    return { unreadable: 'truncated: the file ends before its last element' };
  }
  return {
    elements: Math.floor(place.bytes / type.size),
    part: (from, count) =>
      new ContiguousData(file, place.offset + from * type.size, count * type.size, place.isBigEndian ? type.unit : 1),
  };
}
