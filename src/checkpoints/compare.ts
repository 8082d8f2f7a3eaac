import type { TensorChange, TensorComparison } from '../model/tensor.js';
import type { Checkpoint, CheckpointTensor } from './checkpoint.js';
import { CheckpointError } from './checkpointError.js';
import { decodeElements, elementType } from './elementTypes.js';
import type { ElementType } from './elementTypes.js';
import type { Cancellation } from './source.js';
import type { ElementStream } from './tensorData.js';

/** Elements of each of two tensors that are held at once. */
const PIECE_ELEMENTS = 256 * 1024;

/** What became of the tensors of one checkpoint in another, by their names. */
export interface Comparison {
  /** In the order of the second checkpoint. */
  readonly tensors: readonly TensorComparison[];
  /** Names of tensors that only one of the two has. */
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
}

/** Reads both checkpoints once, side by side. Being cancelled is the only failure. */
export async function compareCheckpoints(
  first: Checkpoint,
  second: Checkpoint,
  cancellation?: Cancellation,
): Promise<Comparison> {
  const before = new Map(first.tensors.map((tensor) => [tensor.name, tensor]));
  const after = new Set(second.tensors.map(({ name }) => name));
  const tensors: TensorComparison[] = [];
  for (const tensor of second.tensors) {
    const earlier = before.get(tensor.name);
    if (earlier) {
      cancellation?.throwIfAborted();
      const { name, dtype, shape, role, bytes } = tensor;
      tensors.push({ name, dtype, shape, role, bytes, ...(await changeOrReason(earlier, tensor, cancellation)) });
    }
  }
  return {
    tensors,
    onlyInFirst: first.tensors.filter(({ name }) => !after.has(name)).map(({ name }) => name),
    onlyInSecond: second.tensors.filter(({ name }) => !before.has(name)).map(({ name }) => name),
  };
}

type Outcome = { readonly change: TensorChange } | { readonly noChange: string };

async function changeOrReason(
  first: CheckpointTensor,
  second: CheckpointTensor,
  cancellation: Cancellation | undefined,
): Promise<Outcome> {
  if (first.shape.join() !== second.shape.join()) {
    return { noChange: `its shape was [${first.shape.join(', ')}]` };
  }
  try {
    return await changeOf(first, second, cancellation);
  } catch (error) {
    if (error instanceof CheckpointError) {
      return { noChange: error.message };
    }
    throw error;
  }
}

async function changeOf(
  first: CheckpointTensor,
  second: CheckpointTensor,
  cancellation: Cancellation | undefined,
): Promise<Outcome> {
  const streams = [opened(first), opened(second)] as const;
  let [power1, power2, product, power, largest, same, count, nonFinite] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (;;) {
    cancellation?.throwIfAborted();
    const [a, b] = await Promise.all(streams.map((stream) => stream()));
    if (!a || !b || a.length !== b.length) {
      throw new CheckpointError('one of the two ends early');
    }
    if (a.length === 0) {
      break;
    }
    for (let index = 0; index < a.length; index++) {
      const x = a[index] as number;
      const y = b[index] as number;
      const difference = y - x;
      if (x === y || (x !== x && y !== y)) {
        same++;
      }
      if (Number.isFinite(x) && Number.isFinite(y)) {
        power1 += x * x;
        power2 += y * y;
        product += x * y;
        power += difference * difference;
        largest = Math.max(largest, Math.abs(difference));
      } else {
        nonFinite++;
      }
    }
    count += a.length;
  }
  const [before, after] = [Math.sqrt(power1), Math.sqrt(power2)];
  const l2 = Math.sqrt(power);
  return {
    change: {
      l2,
      relative: before > 0 ? l2 / before : l2 > 0 ? Infinity : 0,
      cosine: before > 0 && after > 0 ? Math.min(1, product / (before * after)) : NaN,
      largest,
      unchanged: same,
      count,
      nonFinite,
      normBefore: before,
      normAfter: after,
    },
  };
}

/** Elements as numbers, piece by piece; an empty piece at the end. */
function opened({ data, dtype, name }: CheckpointTensor): () => Promise<Float64Array> {
  const type = elementType(dtype);
  if ('unreadable' in data || !type) {
    throw new CheckpointError(`${name} cannot be read: ${'unreadable' in data ? data.unreadable : dtype}`);
  }
  const stream = data.openRowMajor();
  const bytes = new Uint8Array(PIECE_ELEMENTS * type.size);
  const values = new Float64Array(PIECE_ELEMENTS);
  return () => decodedPiece(stream, type, bytes, values);
}

async function decodedPiece(
  stream: ElementStream,
  type: ElementType,
  bytes: Uint8Array,
  values: Float64Array,
): Promise<Float64Array> {
  const read = await stream.next(bytes);
  decodeElements(type, bytes.subarray(0, read), values);
  return values.subarray(0, read / type.size);
}
