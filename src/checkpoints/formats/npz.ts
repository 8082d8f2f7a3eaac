import type { Problem } from '../../model/problem.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { MemoryFile } from '../source.js';
import type { RandomAccess } from '../source.js';
import { EntryData } from '../zip/entryData.js';
import { ZipArchive } from '../zip/zipArchive.js';
import type { ZipEntry } from '../zip/zipArchive.js';
import { npyTensor, readNpyHeader } from './npy.js';

/** Arrays of numpy in a zip archive, compressed or not. */
export const NPZ: CheckpointFormat = {
  id: 'npz',
  title: 'NumPy (.npz)',
  savedBy: ['NumPy', 'JAX', 'MLX'],
  endings: ['.npz'],
  recognise: ({ entries }) =>
    entries !== undefined && entries.length > 0 && entries.every((name) => name.endsWith('.npy')),
  open: ({ main }) => readNpz(main),
};

/** More than any header of an array has. */
const HEAD_BYTES = 64 * 1024;

async function readNpz(file: RandomAccess): Promise<Checkpoint> {
  const archive = await ZipArchive.open(file);
  const problems: Problem[] = [...archive.problems];
  const tensors: CheckpointTensor[] = [];
  for (const entry of archive.entries.values()) {
    try {
      tensors.push(await arrayOf(archive, entry));
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw error;
      }
      problems.push({ offset: entry.localOffset, message: `${entry.name}: ${error.message}` });
    }
  }
  return { ...NOTHING_ELSE, tensors, problems };
}

async function arrayOf(archive: ZipArchive, entry: ZipEntry): Promise<CheckpointTensor> {
  const head = new Uint8Array(Math.min(entry.size, HEAD_BYTES));
  const filled = await new EntryData(archive, entry, 0, head.length).open().next(head);
  const header = await readNpyHeader(new MemoryFile(head.subarray(0, filled)));
  const name = entry.name.replace(/\.npy$/, '');
  return npyTensor(name, header, (from, bytes, swapUnit) =>
    from + bytes > entry.size
      ? { unreadable: 'truncated: the array ends before its last element' }
      : new EntryData(archive, entry, from, bytes, swapUnit),
  );
}
