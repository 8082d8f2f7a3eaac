import type { PlainValue } from '../../model/tensor.js';
import type { RandomAccess } from '../source.js';

/** What reads HDF5 files for this layer. Of the outside it sees the file that it is given, whatever that refers to. */
export interface Hdf5Library {
  /** Fails with a `CheckpointError`, also when the library gives up or takes too long. */
  open(file: RandomAccess): Promise<Hdf5Objects>;
}

/** An HDF5 file that is open. */
export interface Hdf5Objects extends Hdf5Listing {
  /**
   * The elements of a block, in row-major order and little-endian. Fails as {@link Hdf5Library.open} does.
   * @param start the block's first element, one index for each axis
   * @param count its elements along each axis
   */
  read(path: string, start: readonly number[], count: readonly number[]): Promise<Uint8Array>;
}

/** What an HDF5 file holds, but for the elements. */
export interface Hdf5Listing {
  readonly datasets: readonly Hdf5Dataset[];
  /** Single numbers and short texts, by path: "layers/dense/vars/name". */
  readonly attributes: ReadonlyMap<string, PlainValue>;
  /** What could not be read or is not followed, in words. */
  readonly problems: readonly string[];
}

export interface Hdf5Dataset {
  /** "/layers/dense/vars/0". */
  readonly path: string;
  readonly shape: readonly number[];
  /** What an element is. */
  readonly kind: 'integer' | 'unsigned' | 'float' | 'complex' | 'boolean' | 'text' | 'opaque' | 'other';
  /** Bytes of an element. */
  readonly size: number;
  /** Lengths of a chunk; undefined when the elements lie in one piece. */
  readonly chunks?: readonly number[];
  /** Where its header is, in bytes from the file's own zero. */
  readonly address: number;
  /** What its attribute `dtype` says: Keras keeps there what HDF5 has no type for. */
  readonly namedType?: string;
  /** Why its elements cannot be read. */
  readonly unreadable?: string;
}
