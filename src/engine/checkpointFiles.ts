import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { CheckpointFiles, RandomAccess } from '../checkpoints/source.js';
import { isMissing } from './fileErrors.js';

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
    return (await this.#handle.read(target, 0, target.length, offset)).bytesRead;
  }
}

/** The files of a checkpoint on the disk; closed when its reader is done with them. */
export class DiskCheckpointFiles implements CheckpointFiles {
  readonly name: string;
  readonly path: string;
  readonly main: RandomAccess;
  readonly #folder: string;
  readonly #handles: FileHandle[];
  readonly #siblings = new Map<string, Promise<RandomAccess | undefined>>();

  private constructor(file: string, main: RandomAccess, handle: FileHandle) {
    this.path = file;
    this.name = path.basename(file);
    this.#folder = path.dirname(file);
    this.main = main;
    this.#handles = [handle];
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

  async close(): Promise<void> {
    await Promise.all(this.#handles.splice(0).map((handle) => handle.close()));
  }

  async #open(name: string): Promise<RandomAccess | undefined> {
    const parts = name.split(/[\\/]/);
    if (name === '' || path.isAbsolute(name) || parts.includes('..') || name.includes('\0')) {
      return undefined;
    }
    try {
      const { handle, access } = await openFile(path.join(this.#folder, ...parts));
      this.#handles.push(handle);
      return access;
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

async function openFile(file: string): Promise<{ readonly handle: FileHandle; readonly access: RandomAccess }> {
  // Opening a named pipe would wait for whoever writes into it.
  if (!(await stat(file)).isFile()) {
    throw Object.assign(new Error(`${file} is no regular file`), { code: 'EISDIR' });
  }
  const handle = await open(file, 'r');
  const { size } = await handle.stat();
  return { handle, access: new DiskFile(handle, size) };
}
