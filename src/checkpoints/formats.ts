import type { Checkpoint, CheckpointFormat, CheckpointHead } from './checkpoint.js';
import { HEAD_BYTES } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';
import { DISTRIBUTED } from './formats/distributed.js';
import { GGUF } from './formats/gguf.js';
import { HDF5 } from './formats/hdf5.js';
import { KERAS } from './formats/keras.js';
import { NPY } from './formats/npy.js';
import { NPZ } from './formats/npz.js';
import { ONNX } from './formats/onnx.js';
import { SAFETENSORS } from './formats/safetensors.js';
import { SHARDED } from './formats/sharded.js';
import { TENSORFLOW_JS } from './formats/tensorflowJs.js';
import { PICKLE, TORCH_LEGACY } from './formats/torchLegacy.js';
import { isZip, TORCH_ZIP } from './formats/torchZip.js';
import { refuseWhatIsNone } from './notCheckpoints.js';
import { fill } from './source.js';
import type { CheckpointFiles } from './checkpointFiles.js';
import { ZipArchive } from './zip/zipArchive.js';

/** Every format of checkpoints, those with a telling beginning first. */
export const CHECKPOINT_FORMATS: readonly CheckpointFormat[] = [
  SAFETENSORS,
  DISTRIBUTED,
  GGUF,
  HDF5,
  NPY,
  NPZ,
  KERAS,
  TORCH_LEGACY,
  TORCH_ZIP,
  SHARDED,
  TENSORFLOW_JS,
  PICKLE,
  ONNX,
];

/** A checkpoint with the id of the format that it is kept in. */
export interface OpenedCheckpoint extends Checkpoint {
  readonly format: string;
}

/** Finds out what a file is and reads everything but the elements. Fails with a {@link CheckpointError}. */
export async function openCheckpoint(files: CheckpointFiles): Promise<OpenedCheckpoint> {
  const head = await headOf(files);
  refuseWhatIsNone(head);
  const format = CHECKPOINT_FORMATS.find((one) => one.recognise(head));
  if (!format) {
    throw new CheckpointError(
      'no checkpoint that is read here',
      0,
      `it should be one of: ${CHECKPOINT_FORMATS.map(({ title }) => title).join(', ')}`,
    );
  }
  return { format: format.id, ...(await format.open(files, openCheckpoint)) };
}

async function headOf({ name, main }: CheckpointFiles): Promise<CheckpointHead> {
  const buffer = new Uint8Array(Math.min(HEAD_BYTES, main.size));
  const bytes = buffer.subarray(0, await fill(main, 0, buffer));
  const head = { name, size: main.size, bytes, file: main };
  return isZip(head) ? { ...head, entries: await entriesOf(head) } : head;
}

/** Fails as the archive does: one without a directory has nothing to tell what it is. */
async function entriesOf({ file }: CheckpointHead): Promise<string[]> {
  return [...(await ZipArchive.open(file)).entries.keys()];
}
