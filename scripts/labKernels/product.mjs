/** Products of matrices: panels of B and rows of A are packed so that registers are fed from near. */
import {
  advance,
  count,
  get,
  job,
  kernel,
  locals,
  minus,
  number,
  parameters,
  set,
  smaller,
  sum,
  times,
  upTo,
} from './text.mjs';

/** Rows and columns of a result that are summed in registers at once: more than 4 × 8 do not fit 16 registers. */
const ROWS = 4;
const COLUMNS = 8;
const PANEL_BYTES = 4 * COLUMNS;
/** Panels that are packed together: whole lines of the cache, so that no two threads write into the same line. */
const PANELS_A_CHUNK = 4;
/** Columns of a result that are done together. */
export const COLUMNS_A_CHUNK = PANELS_A_CHUNK * COLUMNS;

/**
 * Terms of a sum that are added before the next rows are looked at: so much of a panel, and of the lines of the cache in
 * which A lies transposed, stays near. What is summed so far is kept in the result.
 */
const SLAB = 128;
/** Rows of a transposed A that are packed together: those of one line of the cache. */
const ROWS_A_GROUP = 16;
/** What lies where in the room of a thread, in bytes: packed panels of B, packed rows of A, a block at the edge. */
const ROOM = {
  left: PANELS_A_CHUNK * SLAB * PANEL_BYTES,
  edge: PANELS_A_CHUNK * SLAB * PANEL_BYTES + 4 * SLAB * ROWS_A_GROUP,
};

/** Matrices lie row by row. `pairs` is the address of two addresses for each product of the batch: left and right matrix. */
const PRODUCT = job(
  'chunksAProduct',
  'pairs',
  'out',
  'rows',
  'inner',
  'columns',
  'transposeA',
  'transposeB',
  'rowsAChunk',
);

/**
 * The heart of a product: so many rows of A times a slab of one packed panel of B, summed in registers and stored.
 * @param {number} rows
 * @param {boolean} turned A is stored transposed: its rows are neighbours, and one pointer leads to all of them.
 * @param {boolean} fused
 */
function block(rows, turned, fused) {
  const pointer = (/** @type {number} */ row) => (turned ? 'a' : `a${row}`);
  const pointers = turned ? [] : upTo(rows).map((row) => `a${row}`);
  const sums = upTo(rows).flatMap((row) => [`sum${row}0`, `sum${row}1`]);
  const add = (/** @type {string} */ name, /** @type {string} */ b) =>
    set(
      name,
      fused
        ? `(f32x4.relaxed_madd ${get('entry')} ${get(b)} ${get(name)})`
        : `(f32x4.add (f32x4.mul ${get('entry')} ${get(b)}) ${get(name)})`,
    );
  return `
  (func $${turned ? 'turned' : 'plain'}${rows} ${parameters('a', 'stride', 'b', 'inner', 'out', 'outStride', 'goesOn')}
    ${locals('i32', 'end', ...pointers)} ${locals('v128', 'b0', 'b1', 'entry', ...sums)}
    ${pointers.map((name, row) => set(name, sum(get('a'), times(number(row), get('stride'))))).join('\n')}
    (if ${get('goesOn')} (then
      ${set('end', get('out'))}
      ${upTo(rows)
        .map(
          (row) => `
      ${set(`sum${row}0`, `(v128.load ${get('end')})`)}
      ${set(`sum${row}1`, `(v128.load offset=16 ${get('end')})`)}
      ${advance('end', get('outStride'))}`,
        )
        .join('')}))
    ${set('end', sum(get('b'), times(get('inner'), number(PANEL_BYTES))))}
    (block $done (loop $again
      (br_if $done (i32.ge_u ${get('b')} ${get('end')}))
      ${set('b0', `(v128.load ${get('b')})`)}
      ${set('b1', `(v128.load offset=16 ${get('b')})`)}
      ${upTo(rows)
        .map(
          (row) => `
      ${set('entry', `(v128.load32_splat offset=${turned ? 4 * row : 0} ${get(pointer(row))})`)}
      ${add(`sum${row}0`, 'b0')}
      ${add(`sum${row}1`, 'b1')}`,
        )
        .join('')}
      ${turned ? advance('a', get('stride')) : pointers.map((name) => advance(name, number(4))).join('\n')}
      ${advance('b', number(PANEL_BYTES))}
      (br $again)))
    ${upTo(rows)
      .map(
        (row) => `
    (v128.store ${get('out')} ${get(`sum${row}0`)})
    (v128.store offset=16 ${get('out')} ${get(`sum${row}1`)})
    ${advance('out', get('outStride'))}`,
      )
      .join('')})`;
}

/** Packs a panel whose columns are all there, from rows. */
const packPlain = `
  (func $packPlain ${parameters('b', 'stride', 'inner', 'panel')} ${locals('i32', 'at')}
    ${count({
      counter: 'at',
      end: get('inner'),
      body: `
      (v128.store ${get('panel')} (v128.load ${get('b')}))
      (v128.store offset=16 ${get('panel')} (v128.load offset=16 ${get('b')}))
      ${advance('b', get('stride'))}
      ${advance('panel', number(PANEL_BYTES))}`,
    })})`;

/** @param {string} a @param {string} b @param {readonly number[]} lanes of 32 bits: 0 to 3 of a, 4 to 7 of b */
const shuffled = (a, b, lanes) =>
  `(i8x16.shuffle ${lanes.flatMap((lane) => upTo(4).map((byte) => 4 * lane + byte)).join(' ')} ${a} ${b})`;

/** Packs four columns of a panel from four rows of a transposed matrix, as far as they come in squares of four. */
const packTurned = `
  (func $packTurned ${parameters('b', 'stride', 'inner', 'panel')}
    ${locals('i32', 'at')} ${locals('v128', 'r0', 'r1', 'r2', 'r3', 'low01', 'high01', 'low23', 'high23')}
    ${count({
      counter: 'at',
      end: get('inner'),
      by: 4,
      body: `
      ${upTo(4)
        .map((row) => set(`r${row}`, `(v128.load ${sum(get('b'), times(number(row), get('stride')))})`))
        .join('\n')}
      ${['01', '23']
        .map(
          ([first, second]) => `
      ${set(`low${first}${second}`, shuffled(get(`r${first}`), get(`r${second}`), [0, 4, 1, 5]))}
      ${set(`high${first}${second}`, shuffled(get(`r${first}`), get(`r${second}`), [2, 6, 3, 7]))}`,
        )
        .join('')}
      (v128.store ${get('panel')} ${shuffled(get('low01'), get('low23'), [0, 1, 4, 5])})
      (v128.store offset=${PANEL_BYTES} ${get('panel')} ${shuffled(get('low01'), get('low23'), [2, 3, 6, 7])})
      (v128.store offset=${2 * PANEL_BYTES} ${get('panel')} ${shuffled(get('high01'), get('high23'), [0, 1, 4, 5])})
      (v128.store offset=${3 * PANEL_BYTES} ${get('panel')} ${shuffled(get('high01'), get('high23'), [2, 3, 6, 7])})
      ${advance('b', number(16))}
      ${advance('panel', number(4 * PANEL_BYTES))}`,
    })})`;

/** Packs any panel, entry by entry; columns that are not there are zeros. */
const packEdge = `
  (func $packEdge ${parameters('b', 'alongSum', 'alongColumns', 'inner', 'width', 'panel')}
    ${locals('i32', 'at', 'column')}
    ${count({
      counter: 'at',
      end: get('inner'),
      body: `
      ${set('column', number(0))}
      ${count({
        counter: 'column',
        end: number(COLUMNS),
        body: `
        (f32.store ${sum(get('panel'), times(number(4), get('column')))}
          (if (result f32) (i32.lt_s ${get('column')} ${get('width')})
            (then (f32.load ${sum(get('b'), times(get('column'), get('alongColumns')))}))
            (else (f32.const 0))))`,
      })}
      ${advance('b', get('alongSum'))}
      ${advance('panel', number(PANEL_BYTES))}`,
    })})`;

/** Packs a slab of the panel of B that begins at a column, by whichever way suits. */
const pack = `
  (func $pack ${parameters('b', 'stride', 'start', 'slab', 'column', 'width', 'transpose', 'panel')}
    (if ${get('transpose')}
      (then
        ${advance('b', sum(times(get('column'), get('stride')), times(number(4), get('start'))))}
        (if (i32.and (i32.eq ${get('width')} ${number(COLUMNS)}) (i32.eqz (i32.and ${get('slab')} ${number(3)})))
          (then
            (call $packTurned ${get('b')} ${get('stride')} ${get('slab')} ${get('panel')})
            (call $packTurned ${sum(get('b'), times(number(4), get('stride')))} ${get('stride')} ${get('slab')}
              ${sum(get('panel'), number(16))}))
          (else (call $packEdge ${get('b')} ${number(4)} ${get('stride')} ${get('slab')} ${get('width')} ${get('panel')}))))
      (else
        ${advance('b', sum(times(get('start'), get('stride')), times(number(4), get('column'))))}
        (if (i32.eq ${get('width')} ${number(COLUMNS)})
          (then (call $packPlain ${get('b')} ${get('stride')} ${get('slab')} ${get('panel')}))
          (else (call $packEdge ${get('b')} ${get('stride')} ${number(4)} ${get('slab')} ${get('width')} ${get('panel')}))))))`;

/** Puts the columns that there are of a block at the edge where they belong, or adds them to what is there. */
const copyEdge = `
  (func $copyEdge ${parameters('from', 'rows', 'width', 'out', 'outStride', 'goesOn')}
    ${locals('i32', 'row', 'column', 'to')} ${locals('f32', 'value')}
    ${count({
      counter: 'row',
      end: get('rows'),
      body: `
      ${set('column', number(0))}
      ${count({
        counter: 'column',
        end: get('width'),
        body: `
        ${set('to', sum(get('out'), times(number(4), get('column'))))}
        ${set('value', `(f32.load ${sum(get('from'), times(number(4), get('column')))})`)}
        (if ${get('goesOn')} (then ${set('value', `(f32.add (f32.load ${get('to')}) ${get('value')})`)}))
        (f32.store ${get('to')} ${get('value')})`,
      })}
      ${advance('from', number(PANEL_BYTES))}
      ${advance('out', get('outStride'))}`,
    })})`;

/**
 * Packs a slab of rows of a transposed A, whole blocks of them: as they lie, those that are needed one after the other
 * would push each other out of the cache, whose places are few for addresses so regularly apart.
 */
const packLeft = (/** @type {number} */ blocks) => `
  (func $packLeft${blocks} ${parameters('a', 'stride', 'slab', 'packed')} ${locals('i32', 'at', 'blockBytes', 'to')}
    ${set('blockBytes', times(number(4 * ROWS), get('slab')))}
    ${count({
      counter: 'at',
      end: get('slab'),
      body: `
      ${set('to', get('packed'))}
      ${upTo(blocks)
        .map(
          (block) => `
      (v128.store ${get('to')} (v128.load offset=${4 * ROWS * block} ${get('a')}))
      ${advance('to', get('blockBytes'))}`,
        )
        .join('')}
      ${advance('a', get('stride'))}
      ${advance('packed', number(4 * ROWS))}`,
    })})`;

/** A block of whichever height there is. @param {boolean} turned */
const callBlock = (turned) =>
  upTo(ROWS).reduceRight(
    (otherwise, index) => `
    (if (i32.eq ${get('height')} ${number(index + 1)})
      (then (call $${turned ? 'turned' : 'plain'}${index + 1}
        ${get('a')} ${get('stride')} ${get('panel')} ${get('slab')} ${get('to')} ${get('toStride')} ${get('addsTo')}))
      (else ${otherwise}))`,
    '',
  );

/** Some rows of A times a slab of some columns of B, which lie packed at the beginning of the room. */
const rowsProduct = `
  (func $rowsProduct
    ${parameters('a', 'stride', 'height', 'turned', 'slab', 'width', 'out', 'outStride', 'goesOn', 'room')}
    ${locals('i32', 'panel', 'to', 'toStride', 'isEdge', 'addsTo')}
    ${set('panel', get('room'))}
    (block $done (loop $again
      (br_if $done (i32.le_s ${get('width')} ${number(0)}))
      ${set('isEdge', `(i32.lt_s ${get('width')} ${number(COLUMNS)})`)}
      ${set('addsTo', `(i32.and ${get('goesOn')} (i32.eqz ${get('isEdge')}))`)}
      (if ${get('isEdge')}
        (then ${set('to', sum(get('room'), number(ROOM.edge)))} ${set('toStride', number(PANEL_BYTES))})
        (else ${set('to', get('out'))} ${set('toStride', get('outStride'))}))
      (if ${get('turned')} (then ${callBlock(true)}) (else ${callBlock(false)}))
      (if ${get('isEdge')}
        (then (call $copyEdge ${get('to')} ${get('height')} ${get('width')} ${get('out')} ${get('outStride')} ${get('goesOn')})))
      ${advance('panel', number(SLAB * PANEL_BYTES))}
      ${advance('out', number(PANEL_BYTES))}
      ${advance('width', number(-COLUMNS))}
      (br $again))))`;

/** All rows of A times a slab of some columns of B, which lie packed at the beginning of the room. */
const slabProduct = `
  (func $slabProduct
    ${parameters('a', 'stride', 'start', 'slab', 'rows', 'transpose', 'width', 'out', 'outStride', 'room')}
    ${locals('i32', 'group', 'row', 'end', 'height', 'from', 'fromStride', 'goesOn', 'packed', 'isWhole')}
    ${advance('a', times(get('start'), `(select ${get('stride')} ${number(4)} ${get('transpose')})`))}
    ${set('goesOn', `(i32.ne ${get('start')} ${number(0)})`)}
    ${count({
      counter: 'group',
      end: get('rows'),
      by: ROWS_A_GROUP,
      body: `
      ${set('row', get('group'))}
      ${set('end', smaller(sum(get('group'), number(ROWS_A_GROUP)), get('rows')))}
      ${set('packed', sum(get('room'), number(ROOM.left)))}
      ${set('isWhole', `(i32.eq ${minus(get('end'), get('row'))} ${number(ROWS_A_GROUP)})`)}
      (if (i32.and ${get('transpose')} ${get('isWhole')}) (then
        (call $packLeft${ROWS_A_GROUP / ROWS} ${sum(get('a'), times(number(4), get('row')))} ${get('stride')} ${get('slab')}
          ${get('packed')})))
      ${count({
        counter: 'row',
        end: get('end'),
        by: ROWS,
        body: `
        ${set('height', smaller(minus(get('end'), get('row')), number(ROWS)))}
        (if ${get('transpose')}
          (then
            (if (i32.eq ${get('height')} ${number(ROWS)})
              (then
                (if (i32.eqz ${get('isWhole')}) (then
                  (call $packLeft1 ${sum(get('a'), times(number(4), get('row')))} ${get('stride')} ${get('slab')}
                    ${get('packed')})))
                ${set('from', get('packed'))}
                ${set('fromStride', number(4 * ROWS))}
                ${advance('packed', times(number(4 * ROWS), get('slab')))})
              (else
                ${set('from', sum(get('a'), times(number(4), get('row'))))}
                ${set('fromStride', get('stride'))})))
          (else
            ${set('from', sum(get('a'), times(get('row'), get('stride'))))}
            ${set('fromStride', get('stride'))}))
        (call $rowsProduct ${get('from')} ${get('fromStride')} ${get('height')} ${get('transpose')} ${get('slab')}
          ${get('width')} ${sum(get('out'), times(get('row'), get('outStride')))} ${get('outStride')} ${get('goesOn')}
          ${get('room')})`,
      })}`,
    })})`;

/**
 * Some columns of a product, no more than a chunk has: `out` is where their first begins. Strides are the bytes from a row
 * of a matrix to its next as it is stored.
 */
const columnsProduct = `
  (func $columnsProduct
    ${parameters('a', 'aStride', 'transposeA', 'b', 'bStride', 'transposeB', 'out', 'outStride')}
    ${parameters('rows', 'inner', 'column', 'width', 'room')} ${locals('i32', 'start', 'slab', 'panel')}
    ${count({
      counter: 'start',
      end: get('inner'),
      by: SLAB,
      body: `
      ${set('slab', smaller(minus(get('inner'), get('start')), number(SLAB)))}
      ${set('panel', number(0))}
      ${count({
        counter: 'panel',
        end: get('width'),
        by: COLUMNS,
        body: `
        (call $pack ${get('b')} ${get('bStride')} ${get('start')} ${get('slab')} ${sum(get('column'), get('panel'))}
          ${smaller(minus(get('width'), get('panel')), number(COLUMNS))} ${get('transposeB')}
          ${sum(get('room'), times(number(4 * SLAB), get('panel')))})`,
      })}
      (call $slabProduct ${get('a')} ${get('aStride')} ${get('start')} ${get('slab')} ${get('rows')} ${get('transposeA')}
        ${get('width')} ${get('out')} ${get('outStride')} ${get('room')})`,
    })})`;

/** Products of a batch: a chunk is some rows of some columns of one of them. */
const product = kernel({
  name: 'product',
  words: PRODUCT,
  declared: locals('i32', 'item', 'rest', 'pair', 'to', 'row', 'column', 'columnChunks', 'aStride', 'outStride'),
  body: `
      ${set('columnChunks', `(i32.div_s ${sum(get('columns'), number(COLUMNS_A_CHUNK - 1))} ${number(COLUMNS_A_CHUNK)})`)}
      ${set('item', `(i32.div_s ${get('chunk')} ${get('chunksAProduct')})`)}
      ${set('rest', `(i32.rem_s ${get('chunk')} ${get('chunksAProduct')})`)}
      ${set('row', times(get('rowsAChunk'), `(i32.div_s ${get('rest')} ${get('columnChunks')})`))}
      ${set('column', times(number(COLUMNS_A_CHUNK), `(i32.rem_s ${get('rest')} ${get('columnChunks')})`))}
      ${set('pair', sum(get('pairs'), times(number(8), get('item'))))}
      ${set('aStride', times(number(4), `(select ${get('rows')} ${get('inner')} ${get('transposeA')})`))}
      ${set('outStride', times(number(4), get('columns')))}
      ${set('to', sum(get('out'), times(sum(times(get('item'), get('rows')), get('row')), get('outStride'))))}
      (call $columnsProduct
        ${sum(
          `(i32.load ${get('pair')})`,
          times(get('row'), `(select ${number(4)} ${get('aStride')} ${get('transposeA')})`),
        )}
        ${get('aStride')} ${get('transposeA')}
        (i32.load offset=4 ${get('pair')})
        ${times(number(4), `(select ${get('inner')} ${get('columns')} ${get('transposeB')})`)} ${get('transposeB')}
        ${sum(get('to'), times(number(4), get('column')))} ${get('outStride')}
        ${smaller(minus(get('rows'), get('row')), get('rowsAChunk'))} ${get('inner')} ${get('column')}
        ${smaller(minus(get('columns'), get('column')), number(COLUMNS_A_CHUNK))} ${get('room')})`,
});

/**
 * Products of matrices: the kernel "product", and `$columnsProduct` for others to call.
 * @param {boolean} fused multiplications and additions are one
 */
export const products = (fused) =>
  [
    ...[true, false].flatMap((turned) => upTo(ROWS).map((rows) => block(rows + 1, turned, fused))),
    packPlain,
    packTurned,
    packEdge,
    pack,
    packLeft(1),
    packLeft(ROWS_A_GROUP / ROWS),
    copyEdge,
    rowsProduct,
    slabProduct,
    columnsProduct,
    product,
  ].join('');
