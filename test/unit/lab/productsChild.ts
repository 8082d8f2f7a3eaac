import * as tf from '../../../src/lab/child/tensorflow.js';
import { startWasm } from '../../../src/lab/child/wasmBackend.js';
import { wasmBackend } from '../../../src/lab/child/wasmMemory.js';
import { replaceProduct } from '../../../src/lab/child/wasmProduct.js';
import { plainProduct } from '../../../src/lab/tensor.js';
import { Random } from '../../../src/lab/random.js';

/**
 * Run as the lab's child is: multiplies matrices of random shapes on the backend and prints, as JSON, what multiplied
 * them, the largest difference from a plain loop, the products' bits as one number, and the tensors that are left.
 */

const SIZES = [1, 3, 4, 5, 7, 8, 15, 16, 17, 63, 64, 65];
/** Sums of more than one slab. */
const LONG = [255, 256, 257, 600];
const BATCHES: readonly (readonly (readonly number[])[])[] = [
  [[], []],
  [[3], [3]],
  [[3], [1]],
  [[1], [3]],
  [
    [2, 3],
    [2, 3],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [[2, 3], [3]],
];
const TRIES = 400;

async function main(): Promise<void> {
  const { productsBy: by } = await startWasm(Number(process.argv[2]));
  const refusal = process.argv[3] === 'spoilt' ? withSpoiltProduct() : undefined;
  const random = Random.forPurpose(7, 'products');
  const pick = <Item>(items: readonly Item[]): Item => items[random.below(items.length)]!;
  let [worst, bits] = [0, 0];
  for (let index = 0; index < TRIES; index++) {
    const [rows, columns] = [pick(SIZES), pick(SIZES)];
    const inner = pick(index % 10 === 0 ? LONG : SIZES);
    const [outerA, outerB] = pick(BATCHES) as [readonly number[], readonly number[]];
    const [transposeA, transposeB] = [random.next() < 0.5, random.next() < 0.5];
    const made = (outer: readonly number[], height: number, width: number): tf.Tensor => {
      const shape = [...outer, height, width];
      const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.next() - 0.5);
      return tf.tensor(values, shape);
    };
    const a = transposeA ? made(outerA, inner, rows) : made(outerA, rows, inner);
    const b = transposeB ? made(outerB, columns, inner) : made(outerB, inner, columns);
    const product = tf.matMul(a, b, transposeA, transposeB);
    const told = await product.data<'float32'>();
    const expected = await plainly(a, b, transposeA, transposeB);
    for (const [at, value] of told.entries()) {
      worst = Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value - expected[at]!));
    }
    for (const word of new Uint32Array(told.buffer)) {
      bits = (Math.imul(bits, 31) + word) | 0;
    }
    tf.dispose([a, b, product]);
  }
  console.log(JSON.stringify({ by, refusal, worst, bits, tensors: tf.memory().numTensors }));
  process.exit(0);
}

/** Has a product that is wrong in one entry put in the place of the right one; why it is refused. */
function withSpoiltProduct(): string | undefined {
  const { kernelFunc } = tf.getKernel(tf.BatchMatMul, 'wasm');
  return replaceProduct({
    of: (a, b, transposeA, transposeB) => {
      const backend = wasmBackend();
      const out = kernelFunc({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend }) as tf.TensorInfo;
      backend.typedArrayFromHeap(out)[3]! += 0.01;
      return out;
    },
  });
}

/** The same with transposed and repeated copies, one matrix after the other. */
async function plainly(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): Promise<Float32Array> {
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const items = tf.util.sizeFromShape(outer);
  const copies = (x: tf.Tensor, transpose: boolean): tf.Tensor3D =>
    tf.tidy(() => {
      const whole = tf.broadcastTo(x, [...outer, ...x.shape.slice(-2)]).reshape([items, ...x.shape.slice(-2)]);
      return (transpose ? whole.transpose([0, 2, 1]) : whole) as tf.Tensor3D;
    });
  const [left, right] = [copies(a, transposeA), copies(b, transposeB)];
  const [, rows, inner] = left.shape;
  const columns = right.shape[2];
  const [ofLeft, ofRight] = [await left.data<'float32'>(), await right.data<'float32'>()];
  const result = new Float32Array(items * rows * columns);
  for (let item = 0; item < items; item++) {
    const one = plainProduct(
      ofLeft.subarray(item * rows * inner, (item + 1) * rows * inner),
      ofRight.subarray(item * inner * columns, (item + 1) * inner * columns),
      rows,
      inner,
      columns,
    );
    result.set(one, item * rows * columns);
  }
  tf.dispose([left, right]);
  return result;
}

void main();
