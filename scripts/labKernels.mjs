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

/** Rows and columns of a result that are summed in registers at once: more than 4 × 8 do not fit 16 registers. */
const ROWS = 4;
const COLUMNS = 8;
const PANEL_BYTES = 4 * COLUMNS;
/** Panels of a chunk: together the columns of one line of the cache, so that no two threads write into the same line. */
const PANELS_A_CHUNK = 2;

/**
 * Terms of a sum that are added before the next rows are looked at: so much of a panel, and of the lines of the cache in
 * which A lies transposed, stays near. What is summed so far is kept in the result.
 */
const SLAB = 256;
/** Rows of a transposed A that are packed together: those of one line of the cache. */
const ROWS_A_GROUP = 16;
/** What lies where in the room of a thread, in bytes: packed panels of B, packed rows of A, a block at the edge. */
const ROOM = {
  left: PANELS_A_CHUNK * SLAB * PANEL_BYTES,
  edge: PANELS_A_CHUNK * SLAB * PANEL_BYTES + 4 * SLAB * ROWS_A_GROUP,
};

/**
 * Words of a product's job; `src/lab/child/wasmProduct.ts` writes them. Matrices lie row by row. `pairs` is the address
 * of two addresses for each product of the batch, its left and its right matrix.
 */
const PRODUCT = {
  next: 0,
  chunks: 4,
  chunksAProduct: 8,
  pairs: 12,
  out: 16,
  rows: 20,
  inner: 24,
  columns: 28,
  transposeA: 32,
  transposeB: 36,
};

/** @param {number} count */
const upTo = (count) => [...Array(count).keys()];
/** @param {string} name */
const get = (name) => `(local.get $${name})`;
/** @param {number} value */
const number = (value) => `(i32.const ${value})`;
/** @param {string} a @param {string} b */
const sum = (a, b) => `(i32.add ${a} ${b})`;
/** @param {string} a @param {string} b */
const times = (a, b) => `(i32.mul ${a} ${b})`;
/** @param {string} a @param {string} b */
const smaller = (a, b) => `(select ${a} ${b} (i32.lt_s ${a} ${b}))`;
/** @param {string} name @param {string} value */
const set = (name, value) => `(local.set $${name} ${value})`;
/** @param {string} name @param {string} by */
const advance = (name, by) => set(name, sum(get(name), by));
/** @param {string} type @param {...string} names */
const locals = (type, ...names) => names.map((name) => `(local $${name} ${type})`).join(' ');
/** @param {...string} names */
const parameters = (...names) => names.map((name) => `(param $${name} i32)`).join(' ');

/**
 * A loop over a local that counts from where it stands to below an end.
 * @param {{ counter: string, end: string, by?: number, body: string }} loop
 */
const count = ({ counter, end, by = 1, body }) => `
  (block $done_${counter} (loop $again_${counter}
    (br_if $done_${counter} (i32.ge_s ${get(counter)} ${end}))
    ${body}
    ${advance(counter, number(by))}
    (br $again_${counter})))`;

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
  (func $pack ${parameters('b', 'start', 'slab', 'column', 'width', 'inner', 'columns', 'transpose', 'panel')}
    ${locals('i32', 'stride')}
    (if ${get('transpose')}
      (then
        ${set('stride', times(number(4), get('inner')))}
        ${advance('b', sum(times(get('column'), get('stride')), times(number(4), get('start'))))}
        (if (i32.and (i32.eq ${get('width')} ${number(COLUMNS)}) (i32.eqz (i32.and ${get('slab')} ${number(3)})))
          (then
            (call $packTurned ${get('b')} ${get('stride')} ${get('slab')} ${get('panel')})
            (call $packTurned ${sum(get('b'), times(number(4), get('stride')))} ${get('stride')} ${get('slab')}
              ${sum(get('panel'), number(16))}))
          (else (call $packEdge ${get('b')} ${number(4)} ${get('stride')} ${get('slab')} ${get('width')} ${get('panel')}))))
      (else
        ${set('stride', times(number(4), get('columns')))}
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
    ${parameters('a', 'start', 'slab', 'rows', 'inner', 'transpose', 'width', 'out', 'outStride', 'room')}
    ${locals('i32', 'group', 'row', 'end', 'height', 'from', 'fromStride', 'stride', 'goesOn', 'packed', 'isWhole')}
    ${set('stride', times(number(4), `(select ${get('rows')} ${get('inner')} ${get('transpose')})`))}
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
      ${set('isWhole', `(i32.eq (i32.sub ${get('end')} ${get('row')}) ${number(ROWS_A_GROUP)})`)}
      (if (i32.and ${get('transpose')} ${get('isWhole')}) (then
        (call $packLeft${ROWS_A_GROUP / ROWS} ${sum(get('a'), times(number(4), get('row')))} ${get('stride')} ${get('slab')}
          ${get('packed')})))
      ${count({
        counter: 'row',
        end: get('end'),
        by: ROWS,
        body: `
        ${set('height', smaller(`(i32.sub ${get('end')} ${get('row')})`, number(ROWS)))}
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

/** @param {keyof typeof PRODUCT} word */
const ofProduct = (word) => set(word, `(i32.load offset=${PRODUCT[word]} ${get('job')})`);

/** Products of a batch: a chunk is so many columns of one of them. */
const product = `
  (func (export "product") ${parameters('job', 'room')}
    ${locals('i32', 'chunk', 'chunks', 'chunksAProduct', 'pairs', 'item', 'pair', 'out', 'to')}
    ${locals('i32', 'rows', 'inner', 'columns', 'column', 'width', 'start', 'slab', 'panel', 'transposeA', 'transposeB')}
    ${ofProduct('chunks')} ${ofProduct('chunksAProduct')} ${ofProduct('pairs')} ${ofProduct('out')} ${ofProduct('rows')}
    ${ofProduct('inner')} ${ofProduct('columns')} ${ofProduct('transposeA')} ${ofProduct('transposeB')}
    (block $done (loop $again
      ${set('chunk', `(i32.atomic.rmw.add offset=${PRODUCT.next} ${get('job')} ${number(1)})`)}
      (br_if $done (i32.ge_s ${get('chunk')} ${get('chunks')}))
      ${set('item', `(i32.div_s ${get('chunk')} ${get('chunksAProduct')})`)}
      ${set('pair', sum(get('pairs'), times(number(8), get('item'))))}
      ${set('to', sum(get('out'), times(number(4), times(get('item'), times(get('rows'), get('columns'))))))}
      ${set('column', times(number(PANELS_A_CHUNK * COLUMNS), `(i32.rem_s ${get('chunk')} ${get('chunksAProduct')})`))}
      ${set('width', smaller(`(i32.sub ${get('columns')} ${get('column')})`, number(PANELS_A_CHUNK * COLUMNS)))}
      ${set('start', number(0))}
      ${count({
        counter: 'start',
        end: get('inner'),
        by: SLAB,
        body: `
        ${set('slab', smaller(`(i32.sub ${get('inner')} ${get('start')})`, number(SLAB)))}
        ${set('panel', number(0))}
        ${count({
          counter: 'panel',
          end: get('width'),
          by: COLUMNS,
          body: `
          (call $pack (i32.load offset=4 ${get('pair')}) ${get('start')} ${get('slab')}
            ${sum(get('column'), get('panel'))}
            ${smaller(`(i32.sub ${get('width')} ${get('panel')})`, number(COLUMNS))}
            ${get('inner')} ${get('columns')} ${get('transposeB')}
            ${sum(get('room'), times(number(4 * SLAB), get('panel')))})`,
        })}
        (call $slabProduct (i32.load ${get('pair')}) ${get('start')} ${get('slab')} ${get('rows')} ${get('inner')}
          ${get('transposeA')} ${get('width')} ${sum(get('to'), times(number(4), get('column')))}
          ${times(number(4), get('columns'))} ${get('room')})`,
      })}
      (br $again))))`;

/** @param {boolean} fused */
const text = (fused) => `
(module
  (import "env" "memory" (memory 1 65536 shared))
  ${[true, false].flatMap((turned) => upTo(ROWS).map((rows) => block(rows + 1, turned, fused))).join('')}
  ${[packPlain, packTurned, packEdge, pack, packLeft(1), packLeft(ROWS_A_GROUP / ROWS), copyEdge, rowsProduct, slabProduct, product].join('')})`;

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
