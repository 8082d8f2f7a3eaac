/** What is done to each number by itself; how many there are is a multiple of four. */
import { get, job, kernel, locals, minus, number, set, smaller, sum, times } from './text.mjs';
import { along, EXPONENTIAL_LOCALS } from './vectors.mjs';

/** `src/lab/child/wasmThreads.ts` has the same number. */
const NUMBERS_A_CHUNK = 4096;

/**
 * A kernel that goes through tensors of one size side by side.
 * @param {{ name: string, tensors: readonly string[], floats?: readonly string[], numbers: readonly string[], body: string }} each
 *   `floats` are single numbers that the job has too, `numbers` locals of four numbers that the body may set
 */
export const elementwise = ({ name, tensors, floats = [], numbers, body }) =>
  kernel({
    name,
    words: job(...tensors, 'length', ...floats),
    floats,
    own: tensors,
    declared: `${locals('i32', 'at', 'bytes')} ${locals('v128', ...numbers)} ${EXPONENTIAL_LOCALS}`,
    body: `
      ${set('at', times(get('chunk'), number(NUMBERS_A_CHUNK)))}
      ${set('bytes', times(number(4), smaller(minus(get('length'), get('at')), number(NUMBERS_A_CHUNK))))}
      ${set('chunk', times(number(4), get('at')))}
      ${tensors.map((tensor) => set(`own_${tensor}`, sum(get(tensor), get('chunk')))).join('\n')}
      ${along('bytes', body)}`,
  });
