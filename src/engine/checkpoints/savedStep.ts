import path from 'node:path';
import { namedStep } from '../../checkpoints/judging/rule.js';
import { globalStepIn } from '../../readers/trainerState.js';
import { readHead } from '../tailing/fileHead.js';
import { withCheckpoint } from './reports.js';

/**
 * The step that a checkpoint was saved at, as it says itself: by the state that Hugging Face's Trainer has put beside
 * it, else by the counter in it. Null where neither tells. Reads headers, never elements; never rejects.
 */
export async function savedStep(file: string): Promise<number | null> {
  try {
    const { bytes } = await readHead(path.join(path.dirname(file), 'trainer_state.json'));
    const step = globalStepIn(bytes);
    if (step !== undefined) {
      return step;
    }
  } catch {
    // There is none, as beside most checkpoints.
  }
  try {
    return await withCheckpoint(file, (checkpoint) => Promise.resolve(namedStep(checkpoint) ?? null));
  } catch {
    return null; // Whoever opens it is told why it cannot be read.
  }
}
