import type { Checkpoint, CheckpointFormat } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import type { Hdf5Library } from '../hdf5/library.js';
import { MemoryFile, Stretch } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import { ZipArchive } from '../zip/zipArchive.js';
import { readHdf5 } from './hdf5.js';

const WEIGHTS = 'model.weights.h5';
/** Weights that are compressed have to be unpacked in memory; Keras does not compress them. */
const LARGEST_UNPACKED = 128 * 1024 * 1024;

/** A `.keras` archive of Keras 3: its configuration, which is not looked at, and its weights in HDF5. */
export const KERAS: CheckpointFormat = {
  id: 'keras',
  title: 'Keras (.keras)',
  savedBy: ['Keras'],
  endings: ['.keras'],
  recognise: ({ entries }) => entries?.includes(WEIGHTS) ?? false,
  open: ({ main, hdf5 }) => readKeras(main, hdf5),
};

async function readKeras(file: RandomAccess, library: Hdf5Library | undefined): Promise<Checkpoint> {
  const archive = await ZipArchive.open(file);
  const entry = archive.entries.get(WEIGHTS);
  const data = entry && (await archive.data(entry));
  if (!entry || !data || 'unreadable' in data) {
    throw new CheckpointError(`${WEIGHTS}: ${data && 'unreadable' in data ? data.unreadable : 'it is missing'}`);
  }
  const inner =
    data instanceof ContiguousData
      ? new Stretch(file, data.offset, data.bytes)
      : new MemoryFile(await archive.read(entry, LARGEST_UNPACKED));
  const checkpoint = await readHdf5(inner, library);
  return { ...checkpoint, problems: [...archive.problems, ...checkpoint.problems] };
}
