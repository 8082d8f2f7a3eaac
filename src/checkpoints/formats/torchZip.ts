import type { CheckpointFormat, CheckpointHead, Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementType } from '../elementTypes.js';
import { unpickle } from '../pickle/machine.js';
import type { Unpickled } from '../pickle/machine.js';
import type { RandomAccess } from '../source.js';
import type { Storage } from '../tensorData.js';
import type { StorageReference } from '../torch/storages.js';
import { torchCheckpoint } from '../torch/torchCheckpoint.js';
import type { TorchCheckpoint } from '../torch/torchCheckpoint.js';
import type { FindStorage } from '../torch/torchObjects.js';
import { EntryData } from '../zip/entryData.js';
import { ZipArchive } from '../zip/zipArchive.js';
import type { ZipEntry } from '../zip/zipArchive.js';

/** The pickle tells of names, shapes and places: that of a model with 100,000 tensors takes 30 MB. */
const LARGEST_PICKLE = 64 * 1024 * 1024;
const LOCAL_FILE = [0x50, 0x4b, 0x03, 0x04];

/** Whether the beginning is that of a zip archive. */
export function isZip({ bytes }: Pick<CheckpointHead, 'bytes'>): boolean {
  return LOCAL_FILE.every((byte, index) => bytes[index] === byte);
}

/** What `torch.save` writes since PyTorch 1.6: a zip archive of a pickle and of one file for each storage. */
export const TORCH_ZIP: CheckpointFormat = {
  id: 'torch-zip',
  title: 'PyTorch (zip)',
  savedBy: ['PyTorch', 'Transformers', 'PyTorch Lightning'],
  endings: ['.pt', '.pth', '.bin', '.ckpt'],
  recognise: (head) => isZip(head) && (head.entries?.some((name) => PICKLE.test(name)) ?? true),
  open: ({ main }) => readTorchZip(main),
};

const PICKLE = /^([^/]+\/)?data\.pkl$/;

/** An archive of PyTorch, taken apart. */
export interface TorchArchive {
  readonly archive: ZipArchive;
  /** Folder of the archive that everything is in, with its slash. */
  readonly prefix: string;
  readonly pickle: ZipEntry;
  readonly unpickled: Unpickled;
  readonly find: FindStorage;
}

export async function readTorchZip(file: RandomAccess): Promise<TorchCheckpoint> {
  const { archive, unpickled, find } = await openTorchArchive(file);
  return torchCheckpoint(unpickled, find, archive.problems);
}

export async function openTorchArchive(file: RandomAccess): Promise<TorchArchive> {
  const archive = await ZipArchive.open(file);
  const pickle = [...archive.entries.values()].find(({ name }) => PICKLE.test(name));
  if (!pickle) {
    throw new CheckpointError('a zip archive without data.pkl: nothing that PyTorch has saved');
  }
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  const bytes = await archive.read(pickle, LARGEST_PICKLE);
  const isBigEndian = await savedBigEndian(archive, prefix);
  const unpickled = unpickle(bytes);
  return {
    archive,
    prefix,
    pickle,
    unpickled,
    find: (reference, dtype) => storageIn(archive, prefix, reference, dtype, isBigEndian),
  };
}

async function savedBigEndian(archive: ZipArchive, prefix: string): Promise<boolean> {
  const entry = archive.entries.get(`${prefix}byteorder`);
  return entry !== undefined && new TextDecoder().decode(await archive.read(entry, 16)).trim() === 'big';
}

/** Name of the archive's file that holds a storage. */
export function storageName(prefix: string, { key }: StorageReference): string {
  return `${prefix}data/${key}`;
}

function storageIn(
  archive: ZipArchive,
  prefix: string,
  reference: StorageReference,
  dtype: string,
  isBigEndian: boolean,
): Storage | Unreadable {
  const type = elementType(dtype);
  const entry = archive.entries.get(storageName(prefix, reference));
  if (!entry || !type) {
    return { unreadable: `its storage ${reference.key} is missing in the archive` };
  }
  return {
    elements: Math.floor(entry.size / type.size),
    part: (from, count) =>
      new EntryData(archive, entry, from * type.size, count * type.size, isBigEndian ? type.unit : 1),
  };
}
