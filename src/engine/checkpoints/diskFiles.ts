import { readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError } from '../../checkpoints/checkpointError.js';
import { isBeside } from '../../checkpoints/checkpointFiles.js';
import type { CheckpointFiles } from '../../checkpoints/checkpointFiles.js';
import type { RandomAccess } from '../../checkpoints/source.js';
import { isMissing } from '../fileErrors.js';
import { Hdf5Threads } from './hdf5/threads.js';

/** So little is read at once: handing it to another thread would take longer. */
const SMALL_BYTES = 256 * 1024;

/** A file of the disk that is read anywhere. */
class DiskFile implements RandomAccess {
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, target: Uint8Array): Promise<number> {
    if (target.length === 0 || offset >= this.size) {
      return 0;
    }
    if (target.length <= SMALL_BYTES) {
      return readSync(this.#handle.fd, target, 0, target.length, offset);
    }
    return (await this.#handle.read(target, 0, target.length, offset)).bytesRead;
  }
}

/** The files of a checkpoint on the disk; closed when its reader is done with them. */
export class DiskCheckpointFiles implements CheckpointFiles {
  readonly name: string;
  readonly path: string;
  readonly main: RandomAccess;
  readonly hdf5 = new Hdf5Threads();
  readonly #folder: string;
  readonly #handles: FileHandle[];
  readonly #paths: string[];
  readonly #siblings = new Map<string, Promise<RandomAccess | undefined>>();

  private constructor(file: string, main: RandomAccess, handle: FileHandle) {
    this.path = file;
    this.name = path.basename(file);
    this.#folder = path.dirname(file);
    this.main = main;
    this.#handles = [handle];
    this.#paths = [file];
  }

  /** Fails as the file system does. */
  static async open(file: string): Promise<DiskCheckpointFiles> {
    const { handle, access } = await openFile(file);
    return new DiskCheckpointFiles(file, access, handle);
  }

  sibling(name: string): Promise<RandomAccess | undefined> {
    let found = this.#siblings.get(name);
    if (!found) {
      found = this.#open(name);
      this.#siblings.set(name, found);
    }
    return found;
  }

  /** Of all files that have been opened, the main one first. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  async close(): Promise<void> {
    await this.hdf5.close();
    await Promise.all(this.#handles.splice(0).map((handle) => handle.close()));
  }

  async #open(name: string): Promise<RandomAccess | undefined> {
    if (!isBeside(name)) {
      return undefined;
    }
    try {
      const { handle, access } = await openFile(path.join(this.#folder, ...name.split(/[\\/]/)));
      this.#handles.push(handle);
      this.#paths.push(path.join(this.#folder, ...name.split(/[\\/]/)));
      return access;
    } catch (error) {
      if (isMissing(error) || error instanceof FolderError) {
        return undefined;
      }
      throw error;
    }
  }
}

async function openFile(file: string): Promise<{ readonly handle: FileHandle; readonly access: RandomAccess }> {
  const found = await stat(file);
  if (found.isDirectory()) {
    throw new FolderError(file);
  }
  // Opening a named pipe would wait for whoever writes into it.
  if (!found.isFile()) {
    throw new CheckpointError('no regular file', 0, 'name a file or a folder');
  }
  const handle = await open(file, 'r');
  return { handle, access: new DiskFile(handle, found.size) };
}

/** A folder stands where a file was looked for. */
export class FolderError extends Error {
  constructor(folder: string) {
    super(`${folder} is a folder`);
    this.name = 'FolderError';
  }
}
