/** What is done to each number by itself; how many there are is a multiple of four. */
import { get, job, kernel, locals, minus, number, set, smaller, sum, times } from './text.mjs';
import { add, along, constant, EXPONENTIAL_LOCALS, load, multiply, store, subtract } from './vectors.mjs';

/** `src/lab/child/wasmFused.ts` has the same number. */
const NUMBERS_A_CHUNK = 4096;

/** √(2/π) and the coefficient of the cubic term in the approximation by tanh (Hendrycks and Gimpel 2016). */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/**
 * A kernel that goes through tensors of one size side by side.
 * @param {{ name: string, from: readonly string[], numbers: readonly string[], body: string, result: string }} each
 *   `from` are the tensors, `numbers` locals of four numbers that the body may set; the result is stored
 */
const elementwise = ({ name, from, numbers, body, result }) =>
  kernel({
    name,
    words: job(...from, 'out', 'length'),
    declared: `${locals('i32', 'at', 'bytes')} ${locals('v128', ...numbers)} ${EXPONENTIAL_LOCALS}`,
    body: `
      ${set('at', times(get('chunk'), number(NUMBERS_A_CHUNK)))}
      ${set('bytes', times(number(4), smaller(minus(get('length'), get('at')), number(NUMBERS_A_CHUNK))))}
      ${set('chunk', times(number(4), get('at')))}
      ${[...from, 'out'].map((tensor) => set(`own_${tensor}`, sum(get(tensor), get('chunk')))).join('\n')}
      ${along('bytes', `${body} ${store('own_out', result)}`)}`,
    own: [...from, 'out'],
  });

/** The share of x that GELU lets through, σ(2 u), into the local `share`. @param {import('./vectors.mjs').Vectors} vectors */
const geluShare = (vectors) => `
      ${set('square', multiply(get('x4'), get('x4')))}
      ${set(
        'power',
        multiply(
          multiply(get('x4'), constant(-2 * GELU_SCALE)),
          vectors.multiplyAdd(get('square'), constant(GELU_CUBIC), constant(1)),
        ),
      )}
      ${vectors.exponential('power', 'share')}
      ${set('share', `(f32x4.div ${constant(1)} ${add(get('share'), constant(1))})`)}`;

/**
 * The kernels "reluGradient", "gelu" and "geluGradient".
 * @param {import('./vectors.mjs').Vectors} vectors
 */
export const activations = (vectors) =>
  [
    elementwise({
      name: 'reluGradient',
      from: ['x', 'dOut'],
      numbers: [],
      body: '',
      result: `(v128.andnot ${load('own_dOut')} (f32x4.le ${load('own_x')} ${constant(0)}))`,
    }),
    elementwise({
      name: 'gelu',
      from: ['x'],
      numbers: ['x4', 'square', 'power', 'share'],
      body: `${set('x4', load('own_x'))} ${geluShare(vectors)}`,
      result: multiply(get('x4'), get('share')),
    }),
    elementwise({
      name: 'geluGradient',
      from: ['x', 'dOut'],
      numbers: ['x4', 'square', 'power', 'share'],
      body: `
      ${set('x4', load('own_x'))}
      ${geluShare(vectors)}
      ${set('power', vectors.multiplyAdd(get('square'), constant(3 * GELU_CUBIC), constant(1)))}
      ${set('power', multiply(multiply(get('power'), constant(2 * GELU_SCALE)), multiply(get('x4'), get('share'))))}`,
      result: multiply(
        load('own_dOut'),
        vectors.multiplyAdd(get('power'), subtract(constant(1), get('share')), get('share')),
      ),
    }),
  ].join('');
