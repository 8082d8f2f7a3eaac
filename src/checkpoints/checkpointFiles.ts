import type { Hdf5Library } from './hdf5/library.js';
import type { RandomAccess } from './source.js';

/** The files of one checkpoint: the one that was named, and what lies beside it. */
export interface CheckpointFiles {
  /** Of the file that was named, without folders. */
  readonly name: string;
  readonly main: RandomAccess;
  /**
   * A file beside the one that was named, by its name: neither a path upwards nor an absolute one.
   * @returns undefined when there is none.
   */
  sibling(name: string): Promise<RandomAccess | undefined>;
  /** What reads those of them that are HDF5; without it they are refused. */
  readonly hdf5?: Hdf5Library;
}

/** Whether a name that stands in a file leads to where that file is, or below: neither upwards nor to a root. */
export function isBeside(name: string): boolean {
  const parts = name.split(/[\\/]/);
  return name !== '' && parts[0] !== '' && !/^[a-z]:/i.test(name) && !parts.includes('..') && !name.includes('\0');
}
