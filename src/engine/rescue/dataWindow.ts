import type { Trouble } from './trouble.js';

/** PaLM (Chowdhery et al. 2022, section 5.1) went on about 100 steps before a spike ... */
const STEPS_BEFORE = 100;
/** ... and left out 200 to 500 batches. */
const LONGEST_WINDOW = 500;

/** `if step < start_step: continue`: batches before the checkpoint are taken from the loader once more. */
const FAST_FORWARD = /\bif\s+[\w.]+\s*<=?\s*[\w.]*(?:start|resum|skip|done)\w*[^\n:]*:\s*(?:#[^\n]*)?\s*continue\b/i;

/**
 * The batches before and during a trouble, as the program that goes on counts them: from the checkpoint on, or from the
 * first one where it runs through those that it has had.
 * @param step that the checkpoint was taken at; null where it is not known, or where there is none.
 */
export function windowAround(
  { fromStep, toStep }: Pick<Trouble, 'fromStep' | 'toStep'>,
  step: number | null,
  source: string,
): { readonly first: number; readonly count: number } {
  const begins = Math.max(fromStep - STEPS_BEFORE, (step ?? -1) + 1, 0);
  const isCountedFromCheckpoint = step !== null && !FAST_FORWARD.test(source);
  return {
    first: isCountedFromCheckpoint ? begins - step - 1 : begins,
    count: Math.min(Math.max(toStep - begins + 1, 1), LONGEST_WINDOW),
  };
}
