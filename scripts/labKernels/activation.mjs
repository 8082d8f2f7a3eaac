/** Functions between linear layers, and their gradients. */
import { elementwise } from './elementwise.mjs';
import { get, set } from './text.mjs';
import { add, constant, load, multiply, store, subtract } from './vectors.mjs';

/** √(2/π) and the coefficient of the cubic term in the approximation by tanh (Hendrycks and Gimpel 2016). */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/**
 * A kernel that makes one tensor of others.
 * @param {{ name: string, from: readonly string[], numbers: readonly string[], body: string, result: string }} each
 *   `numbers` are locals of four numbers that the body may set
 */
const made = ({ name, from, numbers, body, result }) =>
  elementwise({ name, tensors: [...from, 'out'], numbers, body: `${body} ${store('own_out', result)}` });

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
    made({
      name: 'reluGradient',
      from: ['x', 'dOut'],
      numbers: [],
      body: '',
      result: `(v128.andnot ${load('own_dOut')} (f32x4.le ${load('own_x')} ${constant(0)}))`,
    }),
    made({
      name: 'gelu',
      from: ['x'],
      numbers: ['x4', 'square', 'power', 'share'],
      body: `${set('x4', load('own_x'))} ${geluShare(vectors)}`,
      result: multiply(get('x4'), get('share')),
    }),
    made({
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
