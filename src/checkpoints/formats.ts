import type { Checkpoint, CheckpointFormat, CheckpointHead } from './checkpoint.js';
import { HEAD_BYTES } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';
import { SAFETENSORS } from './formats/safetensors.js';
import { fill } from './source.js';
import type { CheckpointFiles } from './source.js';

/** Every format of checkpoints, those with a telling beginning first. */
export const CHECKPOINT_FORMATS: readonly CheckpointFormat[] = [SAFETENSORS];

/** A checkpoint with the id of the format that it is kept in. */
export interface OpenedCheckpoint extends Checkpoint {
  readonly format: string;
}

/** Finds out what a file is and reads everything but the elements. Fails with a {@link CheckpointError}. */
export async function openCheckpoint(files: CheckpointFiles): Promise<OpenedCheckpoint> {
  const head = await headOf(files);
  refuse(head);
  const format = CHECKPOINT_FORMATS.find((one) => one.recognise(head));
  if (!format) {
    throw new CheckpointError(
      'no checkpoint that is read here',
      0,
      `it should be one of: ${CHECKPOINT_FORMATS.map(({ title }) => title).join(', ')}`,
    );
  }
  return { format: format.id, ...(await format.open(files)) };
}

async function headOf({ name, main }: CheckpointFiles): Promise<CheckpointHead> {
  const bytes = new Uint8Array(Math.min(HEAD_BYTES, main.size));
  const filled = await fill(main, 0, bytes);
  return { name, size: main.size, bytes: bytes.subarray(0, filled), file: main };
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1';

/** What is taken for a checkpoint often enough to be told from a damaged one. */
function refuse({ bytes, size }: CheckpointHead): void {
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
  if (bytes.every((byte) => byte === 0) && bytes.length >= 512) {
    throw new CheckpointError('nothing but zeros at the beginning: the file was never written', 0, 'save it again');
  }
}
