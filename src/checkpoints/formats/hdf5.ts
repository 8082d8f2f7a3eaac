import type { TensorDtype } from '../../model/tensor.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { Hdf5Data, LARGEST_BLOCK } from '../hdf5/blocks.js';
import { exponentBits } from '../hdf5/floatFormat.js';
import type { Hdf5Dataset, Hdf5Library } from '../hdf5/library.js';
import { roleOfName } from '../roles.js';
import type { RandomAccess } from '../source.js';
import type { TensorData } from '../tensorData.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Files may begin with a block of their writer's own, of a power of two; as far as the first bytes of a file show. */
const BEGINNINGS = [0, 512, 1024, 2048];

/** Weights of Keras and others in HDF5, read by the library that the outside provides. */
export const HDF5: CheckpointFormat = {
  id: 'hdf5',
  title: 'HDF5 (.h5)',
  savedBy: ['h5py', 'Keras'],
  endings: ['.h5', '.hdf5'],
  recognise: ({ bytes }) => BEGINNINGS.some((at) => SIGNATURE.every((byte, index) => bytes[at + index] === byte)),
  open: ({ main, hdf5 }) => readHdf5(main, hdf5),
};

/** Names are paths of groups: "layers/dense/vars/0". */
export async function readHdf5(file: RandomAccess, library: Hdf5Library | undefined): Promise<Checkpoint> {
  if (!library) {
    throw new CheckpointError('HDF5 files are not read here');
  }
  const objects = await library.open(file);
  if (objects.datasets.length === 0 && objects.problems.length > 0) {
    throw new CheckpointError(objects.problems[0] ?? '', 0, 'download or save it again');
  }
  const tensors: CheckpointTensor[] = [];
  for (const dataset of objects.datasets) {
    if (dataset.kind !== 'text') {
      const name = dataset.path.slice(1);
      const { shape, size } = dataset;
      const dtype = await dtypeOf(dataset, file);
      const data = whyUnreadable(dataset, dtype) ?? (new Hdf5Data(objects, dataset) satisfies TensorData);
      tensors.push({ name, dtype, shape, role: roleOfName(name), bytes: (elementCount(shape) ?? 0) * size, data });
    }
  }
  const problems = objects.problems.map((message) => ({ offset: 0, message }));
  return { tensors, values: objects.attributes, opaque: [], suspicions: [], problems };
}

function whyUnreadable({ shape, size, chunks, unreadable }: Hdf5Dataset, dtype: TensorDtype): Unreadable | undefined {
  if (unreadable !== undefined) {
    return { unreadable };
  }
  if (elementCount(shape) === undefined) {
    return { unreadable: 'its shape makes no sense' };
  }
  if (elementType(dtype)?.size !== size) {
    return { unreadable: `elements of type ${dtype} are not read` };
  }
  const chunkBytes = chunks?.reduce((product, one) => product * one, size) ?? 0;
  return chunkBytes > LARGEST_BLOCK
    ? { unreadable: `its chunks of ${chunkBytes} bytes are larger than what is held in memory` }
    : undefined;
}

/** Floats by the size of their exponents in bits, where the size of the whole does not tell them apart. */
const SMALL_FLOATS: Readonly<Record<string, TensorDtype>> = {
  '2/5': 'f16',
  '2/8': 'bf16',
  '1/4': 'f8_e4m3',
  '1/5': 'f8_e5m2',
};

async function dtypeOf({ kind, size, address, namedType }: Hdf5Dataset, file: RandomAccess): Promise<TensorDtype> {
  switch (kind) {
    case 'integer':
      return `i${size * 8}`;
    case 'unsigned':
      return `u${size * 8}`;
    case 'complex':
      return `c${size * 8}`;
    case 'boolean':
      return 'bool';
    case 'float': {
      const bits = size > 2 ? undefined : await exponentBits(file, address);
      return size > 2 ? `f${size * 8}` : (SMALL_FLOATS[`${size}/${bits ?? '?'}`] ?? `a float of ${size} bytes`);
    }
    case 'opaque':
      // Keras keeps brain floats so, for want of a type.
      return namedType === 'bfloat16' && size === 2 ? 'bf16' : 'opaque';
    default:
      return kind;
  }
}
