import type { FileSystem } from './h5wasmTypes.js';

/** A file that is read at once, without waiting for anything but the disk. */
export interface BlockingFile {
  /** Bytes. */
  readonly size: number;
  /** Fills the target from there on; fewer bytes only at the end. Returns how many. */
  read(offset: number, target: Uint8Array): number;
}

export const FILE_PATH = '/checkpoint';

/** Error numbers of WASI. */
const IO_ERROR = 29;
const READ_ONLY = 69;

/**
 * Puts a file into the file system of the library, which reads it as it goes along and keeps none of it.
 * @param size as the library is told it; where it is more than there is, reading what is missing fails
 */
export function presentFile(fs: FileSystem, file: BlockingFile, size: number): void {
  if (fs.analyzePath(FILE_PATH).exists) {
    fs.unlink(FILE_PATH);
  }
  fs.createDataFile('/', FILE_PATH.slice(1), new Uint8Array(0), true, false, false);
  const { node } = fs.lookupPath(FILE_PATH);
  const unchanged = new Date(0);
  node.node_ops = {
    ...node.node_ops,
    getattr: () => ({
      dev: 1,
      ino: node.id,
      mode: node.mode,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0,
      size,
      atime: unchanged,
      mtime: unchanged,
      ctime: unchanged,
      blksize: 4096,
      blocks: Math.ceil(size / 4096),
    }),
    setattr: refuse,
  };
  node.stream_ops = {
    read: (_stream: unknown, heap: Uint8Array, at: number, length: number, position: number) => {
      const wanted = Math.max(0, Math.min(length, size - position));
      // The library would take what is not read for zeros.
      if (position + wanted > file.size) {
        throw new fs.ErrnoError(IO_ERROR);
      }
      try {
        return file.read(position, heap.subarray(at, at + wanted));
      } catch {
        throw new fs.ErrnoError(IO_ERROR);
      }
    },
    llseek: (stream: { readonly position: number }, offset: number, whence: number) =>
      offset + (whence === 1 ? stream.position : whence === 2 ? size : 0),
    write: refuse,
    mmap: refuse,
  };

  function refuse(): never {
    throw new fs.ErrnoError(READ_ONLY);
  }
}
