import type { CheckpointHead } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';

const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1';
/** Where a tar archive says that it is one. */
const TAR_MAGIC_AT = 257;

/** Refuses what is taken for a checkpoint often enough to be told from a damaged one. */
export function refuseWhatIsNone({ bytes, size }: CheckpointHead): void {
  if (size === 0) {
    throw new CheckpointError('the file is empty', 0, 'download or save it again');
  }
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  if (text.startsWith(LFS_POINTER)) {
    const stored = /^size (\d+)$/m.exec(text)?.[1];
    throw new CheckpointError(
      `a pointer of Git LFS: the checkpoint itself${stored ? ` (${stored} bytes)` : ''} has not been fetched`,
      0,
      'run git lfs pull, or download the file itself',
    );
  }
  if (/^\s*<(!doctype html|html|\?xml)/i.test(text)) {
    throw new CheckpointError('a web page, not a checkpoint: the download failed', 0, 'download the file itself');
  }
  if (text.startsWith('ustar', TAR_MAGIC_AT)) {
    throw new CheckpointError(
      'a tar archive, as PyTorch saved before version 0.1.10: that format is not read',
      0,
      'load it with PyTorch and save it again',
    );
  }
  if (bytes.length >= 512 && bytes.every((byte) => byte === 0)) {
    throw new CheckpointError('nothing but zeros at the beginning: the file was never written', 0, 'save it again');
  }
}
