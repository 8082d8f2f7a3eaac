/**
 * Causal attention from queries, keys and values as they lie, `[batch × context, heads × size]`, and its gradients: one
 * chunk is one head of one sequence. What no token may see is neither multiplied nor summed. `context` and `size` are
 * multiples of four.
 */
import { advance, count, get, job, kernel, locals, minus, number, set, smaller, sum, times } from './text.mjs';
import { COLUMNS_A_CHUNK } from './product.mjs';
import {
  across,
  add,
  along,
  EXPONENTIAL_LOCALS,
  constant,
  load,
  multiply,
  splat,
  store,
  subtract,
} from './vectors.mjs';

/** Rows that are taken together: up to the last of them entries above the diagonal are there, and zero. */
const GROUP = COLUMNS_A_CHUNK;

const FORWARD = job('heads', 'context', 'size', 'query', 'key', 'value', 'shares', 'out');
const BACKWARD = job(
  'heads',
  'context',
  'size',
  'query',
  'key',
  'value',
  'shares',
  'dOut',
  'dShares',
  'dQuery',
  'dKey',
  'dValue',
);

/** What both are declared with. */
const DECLARED = `
    ${locals('i32', 'stride', 'squareStride', 'group', 'length', 'seen', 'row', 'at', 'bytes', 'line', 'other')}
    ${locals('f32', 'scale', 'number')} ${locals('v128', 'vector', 'total', 'result')} ${EXPONENTIAL_LOCALS}`;

/**
 * Turns addresses of tensors into those of the chunk's head, and of squares into those of its square.
 * @param {readonly string[]} tensors @param {readonly string[]} squares
 */
const begin = (tensors, squares) => `
      ${set('stride', times(number(4), times(get('heads'), get('size'))))}
      ${set('squareStride', times(number(4), get('context')))}
      ${set('scale', `(f32.div (f32.const 1) (f32.sqrt (f32.convert_i32_s ${get('size')})))`)}
      ${set('at', times(`(i32.div_s ${get('chunk')} ${get('heads')})`, times(get('context'), get('stride'))))}
      ${advance('at', times(`(i32.rem_s ${get('chunk')} ${get('heads')})`, times(number(4), get('size'))))}
      ${tensors.map((name) => set(`own_${name}`, sum(get(name), get('at')))).join('\n')}
      ${set('at', times(get('chunk'), times(get('context'), get('squareStride'))))}
      ${squares.map((name) => set(`own_${name}`, sum(get(name), get('at')))).join('\n')}`;

/**
 * A loop over groups of rows: `group` is the first of them, `length` how many there are, `seen` the end of the last.
 * @param {string} body
 */
const overGroups = (body) => `
      ${set('group', number(0))}
      ${count({
        counter: 'group',
        end: get('context'),
        by: GROUP,
        body: `
        ${set('length', smaller(minus(get('context'), get('group')), number(GROUP)))}
        ${set('seen', sum(get('group'), get('length')))}
        ${body}`,
      })}`;

/** So many rows further on. @param {string} name @param {string} rows @param {string} stride */
const behind = (name, rows, stride) => sum(get(`own_${name}`), times(get(rows), get(stride)));
/** The entry of a square on its diagonal where the group begins. @param {string} square */
const corner = (square) => sum(behind(square, 'group', 'squareStride'), times(number(4), get('group')));

/**
 * left · rightᵀ into a square, as far as it is not above the diagonal's groups.
 * @param {string} left @param {string} right @param {string} out
 */
const square = (left, right, out) =>
  overGroups(`
        (call $columnsProduct ${behind(left, 'group', 'stride')} ${get('stride')} ${number(0)}
          ${get(`own_${right}`)} ${get('stride')} ${number(1)} ${corner(out)} ${get('squareStride')}
          ${minus(get('context'), get('group'))} ${get('size')} ${get('group')} ${get('length')} ${get('room')})`);

/**
 * All columns of a head, in chunks, of a product of a group of rows.
 * @param {{ a: string, transpose: boolean, b: string, out: string, inner: string }} of
 */
const rowsOfHead = ({ a, transpose, b, out, inner }) => `
        ${set('at', number(0))}
        ${count({
          counter: 'at',
          end: get('size'),
          by: COLUMNS_A_CHUNK,
          body: `
          (call $columnsProduct ${a} ${get('squareStride')} ${number(Number(transpose))}
            ${b} ${get('stride')} ${number(0)}
            ${sum(behind(out, 'group', 'stride'), times(number(4), get('at')))} ${get('stride')}
            ${get('length')} ${inner} ${get('at')} ${smaller(minus(get('size'), get('at')), number(COLUMNS_A_CHUNK))}
            ${get('room')})`,
        })}`;

/** square · right: no row looks beyond the end of its group. @param {string} square @param {string} right @param {string} out */
const product = (square, right, out) =>
  rowsOfHead({
    a: behind(square, 'group', 'squareStride'),
    transpose: false,
    b: get(`own_${right}`),
    out,
    inner: get('seen'),
  });

/** squareᵀ · right: no column is looked at from before its group. @param {string} square @param {string} right @param {string} out */
const transposedProduct = (square, right, out) =>
  rowsOfHead({
    a: corner(square),
    transpose: true,
    b: behind(right, 'group', 'stride'),
    out,
    inner: minus(get('context'), get('group')),
  });

/**
 * A loop over the rows of a group of a square: `line` is where the row begins, `bytes` how long it is up to the end of
 * its group.
 * @param {string} square @param {string} body
 */
const overRows = (square, body) => `
        ${set('bytes', times(number(4), get('seen')))}
        ${set('line', behind(square, 'group', 'squareStride'))}
        ${set('row', get('group'))}
        ${count({
          counter: 'row',
          end: get('seen'),
          body: `
          ${body}
          ${advance('line', get('squareStride'))}`,
        })}`;

/** @param {import('./vectors.mjs').Vectors} vectors */
const forward = (vectors) =>
  kernel({
    name: 'attention',
    words: FORWARD,
    own: ['query', 'key', 'value', 'out', 'shares'],
    declared: DECLARED,
    body: `
      ${begin(['query', 'key', 'value', 'out'], ['shares'])}
      ${square('query', 'key', 'shares')}
      ${overGroups(`
        ${overRows(
          'shares',
          `
          ${set('at', sum(get('row'), number(1)))}
          ${count({
            counter: 'at',
            end: get('seen'),
            body: `(f32.store ${sum(get('line'), times(number(4), get('at')))} (f32.const -inf))`,
          })}
          ${set('vector', `(v128.load ${get('line')})`)}
          ${along('bytes', set('vector', `(f32x4.max ${get('vector')} ${load('line')})`))}
          ${set('number', across('max', 'vector'))}
          ${set('total', constant(0))}
          ${along(
            'bytes',
            `
            ${set('vector', multiply(subtract(load('line'), splat(get('number'))), splat(get('scale'))))}
            ${vectors.exponential('vector', 'result')}
            ${store('line', get('result'))}
            ${set('total', add(get('total'), get('result')))}`,
          )}
          ${set('vector', splat(`(f32.div (f32.const 1) ${across('add', 'total')})`))}
          ${along('bytes', store('line', multiply(load('line'), get('vector'))))}`,
        )}
        ${product('shares', 'value', 'out')}`)}`,
  });

/** @param {import('./vectors.mjs').Vectors} vectors */
const backward = (vectors) =>
  kernel({
    name: 'attentionGradient',
    words: BACKWARD,
    own: ['query', 'key', 'value', 'dOut', 'dQuery', 'dKey', 'dValue', 'shares', 'dShares'],
    declared: DECLARED,
    body: `
      ${begin(['query', 'key', 'value', 'dOut', 'dQuery', 'dKey', 'dValue'], ['shares', 'dShares'])}
      ${square('dOut', 'value', 'dShares')}
      ${overGroups(`
        ${transposedProduct('shares', 'dOut', 'dValue')}
        ${set('other', behind('shares', 'group', 'squareStride'))}
        ${overRows(
          'dShares',
          `
          ${set('total', constant(0))}
          ${along('bytes', set('total', vectors.multiplyAdd(load('line'), load('other'), get('total'))))}
          ${set('vector', splat(across('add', 'total')))}
          ${along(
            'bytes',
            store(
              'line',
              multiply(multiply(subtract(load('line'), get('vector')), load('other')), splat(get('scale'))),
            ),
          )}
          ${advance('other', get('squareStride'))}`,
        )}
        ${product('dShares', 'key', 'dQuery')}`)}
      ${overGroups(transposedProduct('dShares', 'query', 'dKey'))}`,
  });

/**
 * The kernels "attention" and "attentionGradient".
 * @param {import('./vectors.mjs').Vectors} vectors
 */
export const attention = (vectors) => forward(vectors) + backward(vectors);
