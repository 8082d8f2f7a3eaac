/**
 * One step of Adam, moments and weights at once; `src/lab/tensor.ts` says what the numbers are. What the betas leave of one
 * are numbers of their own, since single precision would lose them.
 */
import { elementwise } from './elementwise.mjs';
import { get, set } from './text.mjs';
import { load, multiply, splat, store, subtract } from './vectors.mjs';

/**
 * The kernel "adam".
 * @param {import('./vectors.mjs').Vectors} vectors
 */
export const adam = (vectors) => {
  const four = (/** @type {string} */ name) => splat(get(name));
  return elementwise({
    name: 'adam',
    tensors: ['weights', 'gradient', 'first', 'second'],
    floats: ['beta1', 'rest1', 'beta2', 'rest2', 'pull', 'shrink', 'rate', 'slope', 'offset'],
    numbers: ['w', 'g', 'm', 'v'],
    body: `
      ${set('w', load('own_weights'))}
      ${set('g', vectors.multiplyAdd(four('pull'), get('w'), load('own_gradient')))}
      ${set('m', vectors.multiplyAdd(four('beta1'), load('own_first'), multiply(four('rest1'), get('g'))))}
      ${set(
        'v',
        vectors.multiplyAdd(four('beta2'), load('own_second'), multiply(multiply(four('rest2'), get('g')), get('g'))),
      )}
      ${store('own_first', get('m'))}
      ${store('own_second', get('v'))}
      ${set('v', vectors.multiplyAdd(four('slope'), `(f32x4.sqrt ${get('v')})`, four('offset')))}
      ${store(
        'own_weights',
        subtract(multiply(get('w'), four('shrink')), `(f32x4.div ${multiply(four('rate'), get('m'))} ${get('v')})`),
      )}`,
  });
};
