import type { Problem } from '../../model/problem.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { datasetOf } from '../hdf5/datasets.js';
import { linksOf } from '../hdf5/groups.js';
import { damaged, readMessages, Reader } from '../hdf5/messages.js';
import type { Hdf5File } from '../hdf5/messages.js';
import { roleOfName } from '../roles.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** HDF5 as h5py and Keras write it (HDF5 file format specification 3.0): groups, contiguous and chunked datasets. */
export const HDF5: CheckpointFormat = {
  id: 'hdf5',
  title: 'HDF5 (.h5, .hdf5)',
  savedBy: ['h5py', 'Keras'],
  endings: ['.h5', '.hdf5', '.weights.h5'],
  recognise: ({ bytes }) => SIGNATURE.every((byte, index) => bytes[index] === byte),
  open: ({ main }) => readHdf5(main),
};

const DEEPEST_GROUP = 64;
const MOST_OBJECTS = 1_000_000;

export async function readHdf5(file: RandomAccess): Promise<Checkpoint> {
  const { hdf5, root, end } = await readSuperblock(file);
  const tensors: CheckpointTensor[] = [];
  const problems: Problem[] =
    end > file.size
      ? [
          {
            offset: file.size,
            message: `truncated: the file should have ${end} bytes`,
            remedy: 'download or save it again',
          },
        ]
      : [];
  const seen = new Set<number>();
  const visit = async (address: number, path: readonly string[]): Promise<void> => {
    if (seen.has(address) || path.length > DEEPEST_GROUP || seen.size > MOST_OBJECTS) {
      return;
    }
    seen.add(address);
    try {
      const messages = await readMessages(hdf5, address);
      const dataset = await datasetOf(hdf5, messages);
      if (dataset) {
        const name = path.join('/');
        if (dataset.dtype !== 'string') {
          tensors.push({ name, ...dataset, role: roleOfName(name) });
        }
        return;
      }
      const { links, isDense } = await linksOf(hdf5, messages);
      if (isDense) {
        const message = `the group /${path.join('/')} keeps its members in a form that is not read`;
        problems.push({ offset: address, message, remedy: "save it without libver='latest'" });
      }
      for (const link of links) {
        await visit(link.address, [...path, link.name]);
      }
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw error;
      }
      problems.push({ offset: address, message: `/${path.join('/')}: ${error.message}` });
    }
  };
  await visit(root, []);
  if (tensors.length === 0 && problems.length > 0) {
    throw new CheckpointError(problems[0]?.message ?? '', problems[0]?.offset, 'download or save it again');
  }
  return { ...NOTHING_ELSE, tensors, problems };
}

async function readSuperblock(file: RandomAccess): Promise<{ hdf5: Hdf5File; root: number; end: number }> {
  const reader = new Reader(await readExactly(file, 0, Math.min(128, file.size), 'the superblock'));
  reader.skip(8);
  const version = reader.uint(1);
  if (version > 3) {
    throw new CheckpointError(`an HDF5 superblock of version ${version} is not read`, 8);
  }
  reader.skip(version < 2 ? 4 : 0);
  const offsetSize = reader.uint(1);
  const lengthSize = reader.uint(1);
  if (![4, 8].includes(offsetSize) || ![4, 8].includes(lengthSize)) {
    throw damaged();
  }
  reader.skip(version < 2 ? 1 + 2 + 2 + 4 + (version === 1 ? 4 : 0) : 1);
  const base = reader.address(offsetSize);
  reader.address(offsetSize);
  const end = reader.address(offsetSize);
  if (version < 2) {
    // The root group's entry of a symbol table: its name, then its object.
    reader.address(offsetSize);
    reader.address(offsetSize);
  }
  return { hdf5: { file, offsetSize, lengthSize, base }, root: reader.address(offsetSize), end };
}
