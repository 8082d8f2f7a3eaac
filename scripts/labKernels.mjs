/**
 * The lab's own kernels in WebAssembly: written here as text, in which loops over rows and columns of registers are
 * unrolled, and assembled by WABT when the lab is bundled, once with multiplications and additions fused (relaxed SIMD)
 * and once without. Each entry of a result is summed in one order, whichever thread does it: the bits are the same for any
 * number of threads.
 *
 * A kernel is called with a job, 32-bit words in memory that say what is to be done, and room of the calling thread's
 * own. Whoever calls it takes one chunk of the job after another, by adding to the job's first word, until none is left:
 * so threads share a job without being told apart. `src/lab/child/wasmThreads.ts` hands jobs out.
 */
import wabt from 'wabt';
import { activations } from './labKernels/activation.mjs';
import { adam } from './labKernels/adam.mjs';
import { attention } from './labKernels/attention.mjs';
import { norm } from './labKernels/norm.mjs';
import { products } from './labKernels/product.mjs';
import { Vectors } from './labKernels/vectors.mjs';

/** @param {boolean} fused */
const text = (fused) => {
  const vectors = new Vectors(fused);
  return `
(module
  (import "env" "memory" (memory 1 65536 shared))
  ${products(fused)} ${attention(vectors)} ${norm(vectors)} ${activations(vectors)} ${adam(vectors)})`;
};

/**
 * The module of the kernels, assembled.
 * @param {boolean} fused multiplications and additions are one; not every engine of JavaScript has that
 * @returns {Promise<Uint8Array>}
 */
export async function assembleKernels(fused) {
  const { parseWat } = await wabt();
  const module = parseWat('labKernels.wat', text(fused), { simd: true, threads: true, relaxed_simd: fused });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
