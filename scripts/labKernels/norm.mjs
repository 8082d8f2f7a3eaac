/**
 * Layer and root-mean-square normalisation of rows whose width is a multiple of four, and their gradients: a chunk is some
 * rows. The gradients of gain and bias are sums over rows; each chunk gives its part, and "addUp" adds the parts in order.
 */
import { advance, count, get, job, kernel, locals, number, set, smaller, sum, times } from './text.mjs';
import { across, add, along, constant, load, multiply, splat, store, subtract } from './vectors.mjs';

/** `src/lab/child/wasmFused.ts` has the same number. */
const ROWS_A_CHUNK = 16;

const FORWARD = job('x', 'gain', 'bias', 'out', 'moments', 'rows', 'width', 'isCentred', 'epsilon');
const BACKWARD = job('x', 'gain', 'moments', 'dOut', 'dX', 'parts', 'rows', 'width', 'isCentred');
const ADD_UP = job('parts', 'count', 'stride', 'out', 'length');

/**
 * A loop over the rows of the chunk, with pointers that go along with them.
 * @param {readonly string[]} pointers to tensors as wide as the rows @param {string} body
 */
const overRows = (pointers, body) => `
      ${set('bytes', times(number(4), get('width')))}
      ${set('row', times(get('chunk'), number(ROWS_A_CHUNK)))}
      ${set('end', smaller(sum(get('row'), number(ROWS_A_CHUNK)), get('rows')))}
      ${pointers.map((name) => set(`own_${name}`, sum(get(name), times(get('row'), get('bytes'))))).join('\n')}
      ${set('own_moments', sum(get('moments'), times(get('row'), number(8))))}
      ${count({
        counter: 'row',
        end: get('end'),
        body: `
        ${body}
        ${pointers.map((name) => advance(`own_${name}`, get('bytes'))).join('\n')}
        ${advance('own_moments', number(8))}`,
      })}`;

/** What both are declared with. */
const DECLARED = `
    ${locals('i32', 'bytes', 'row', 'end', 'at', 'sums', 'otherSums')} ${locals('f32', 'number')}
    ${locals('v128', 'mean', 'inverse', 'vector', 'total', 'other', 'unit')}`;

/** The mean over the row of what a local has summed. @param {string} local */
const meanOf = (local) => `(f32.div ${across('add', local)} (f32.convert_i32_s ${get('width')}))`;

/** @param {import('./vectors.mjs').Vectors} vectors */
const forward = (vectors) =>
  kernel({
    name: 'norm',
    words: FORWARD,
    floats: ['epsilon'],
    own: ['x', 'out', 'moments'],
    declared: DECLARED,
    body: overRows(
      ['x', 'out'],
      `
        ${set('mean', constant(0))}
        (if ${get('isCentred')} (then
          ${set('total', constant(0))}
          ${along('bytes', set('total', add(get('total'), load('own_x'))))}
          ${set('number', meanOf('total'))}
          ${set('mean', splat(get('number')))}))
        (f32.store ${get('own_moments')} (f32x4.extract_lane 0 ${get('mean')}))
        ${set('total', constant(0))}
        ${along(
          'bytes',
          `
          ${set('vector', subtract(load('own_x'), get('mean')))}
          ${set('total', vectors.multiplyAdd(get('vector'), get('vector'), get('total')))}`,
        )}
        ${set('number', `(f32.div (f32.const 1) (f32.sqrt (f32.add ${meanOf('total')} ${get('epsilon')})))`)}
        (f32.store offset=4 ${get('own_moments')} ${get('number')})
        ${set('inverse', splat(get('number')))}
        (if ${get('isCentred')}
          (then ${along(
            'bytes',
            store(
              'own_out',
              vectors.multiplyAdd(
                multiply(subtract(load('own_x'), get('mean')), get('inverse')),
                load('gain'),
                load('bias'),
              ),
            ),
          )})
          (else ${along('bytes', store('own_out', multiply(multiply(load('own_x'), get('inverse')), load('gain'))))}))`,
    ),
  });

/** @param {import('./vectors.mjs').Vectors} vectors */
const backward = (vectors) =>
  kernel({
    name: 'normGradient',
    words: BACKWARD,
    own: ['x', 'dOut', 'dX', 'moments'],
    declared: DECLARED,
    body: `
      ${set('bytes', times(number(8), get('width')))}
      ${set('sums', sum(get('parts'), times(get('chunk'), get('bytes'))))}
      ${set('otherSums', sum(get('sums'), times(number(4), get('width'))))}
      ${along('bytes', store('sums', constant(0)))}
      ${overRows(
        ['x', 'dOut', 'dX'],
        `
        ${set('mean', splat(`(f32.load ${get('own_moments')})`))}
        ${set('inverse', splat(`(f32.load offset=4 ${get('own_moments')})`))}
        ${set('total', constant(0))}
        ${set('other', constant(0))}
        ${along(
          'bytes',
          `
          ${set('unit', multiply(subtract(load('own_x'), get('mean')), get('inverse')))}
          ${set('vector', load('own_dOut'))}
          ${store('sums', vectors.multiplyAdd(get('vector'), get('unit'), load('sums')))}
          ${store('otherSums', add(get('vector'), load('otherSums')))}
          ${set('vector', multiply(get('vector'), load('gain')))}
          ${set('total', add(get('total'), get('vector')))}
          ${set('other', vectors.multiplyAdd(get('vector'), get('unit'), get('other')))}`,
        )}
        ${set('total', `(select ${splat(meanOf('total'))} ${constant(0)} ${get('isCentred')})`)}
        ${set('other', splat(meanOf('other')))}
        ${along(
          'bytes',
          `
          ${set('unit', multiply(subtract(load('own_x'), get('mean')), get('inverse')))}
          ${set('vector', subtract(multiply(load('own_dOut'), load('gain')), get('total')))}
          ${store('own_dX', multiply(subtract(get('vector'), multiply(get('unit'), get('other'))), get('inverse')))}`,
        )}`,
      )}`,
  });

const addUp = kernel({
  name: 'addUp',
  words: ADD_UP,
  declared: `${locals('i32', 'at', 'bytes', 'part', 'from')} ${locals('v128', 'total')}`,
  body: `
      ${set('bytes', times(number(4), get('length')))}
      ${along(
        'bytes',
        `
        ${set('total', constant(0))}
        ${set('from', get('parts'))}
        ${set('part', number(0))}
        ${count({
          counter: 'part',
          end: get('count'),
          body: `
          ${set('total', add(get('total'), load('from')))}
          ${advance('from', get('stride'))}`,
        })}
        ${store('out', get('total'))}`,
      )}`,
});

/**
 * The kernels "norm", "normGradient" and "addUp".
 * @param {import('./vectors.mjs').Vectors} vectors
 */
export const norm = (vectors) => forward(vectors) + backward(vectors) + addUp;
