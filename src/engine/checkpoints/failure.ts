import { CheckpointError } from '../../checkpoints/checkpointError.js';
import { describeFileError } from '../fileErrors.js';

/**
 * Why a checkpoint could not be read or written: where in the file, what is wrong, what to do.
 * @param place how a count of bytes is written
 */
export function describeCheckpointFailure(error: unknown, place: (bytes: number) => string = String): string {
  if (!(error instanceof CheckpointError)) {
    return describeFileError(error);
  }
  const at = error.offset > 0 ? `byte ${place(error.offset)}: ` : '';
  return `${at}${error.message}${error.remedy ? `: ${error.remedy}` : ''}`;
}
