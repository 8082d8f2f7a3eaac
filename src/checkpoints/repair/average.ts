import type { CheckpointTensor } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { decodeElements, elementType } from '../elementTypes.js';
import type { ElementType } from '../elementTypes.js';
import type { OpenedCheckpoint } from '../formats.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import { streamOfPieces, type ElementStream, type TensorData } from '../tensorData.js';
import { isOfTree } from '../torch/stateTree.js';
import { canEncode, encodeElements } from './encode.js';
import { underOwnNames } from './extract.js';
import type { Bytes, Patches } from './patch.js';
import { coveredStretch, openTorchFile } from './torchFile.js';
import type { Changes, ReadBack, TorchFile } from './torchFile.js';
import { writeSafetensors } from './writeSafetensors.js';

const PIECE_ELEMENTS = 128 * 1024;

/**
 * The mean of the weights of several checkpoints, each counting alike: a copy of the last of them, in which every weight
 * and every running statistic is the mean (Tian et al., "WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging
 * for LLM Pre-training", 2025: the mean over the last stretch stands for the decay of the learning rate).
 */
export async function* averageWeights(
  last: RandomAccess,
  checkpoints: readonly OpenedCheckpoint[],
  readBack: ReadBack,
): Patches {
  const base = checkpoints.at(-1);
  if (!base || checkpoints.length < 2) {
    throw new CheckpointError('averaging needs two checkpoints or more');
  }
  const averaged = base.tensors.filter(isAveraged);
  if (averaged.length === 0) {
    throw new CheckpointError('there are no weights of floating-point numbers to average');
  }
  const torch = base.format.startsWith('torch-') ? await openTorchFile(last, base.format, readBack) : undefined;
  if (!torch && base.format !== 'safetensors') {
    throw new CheckpointError(
      `files of the format ${base.format} are not written`,
      0,
      'convert them to safetensors first',
    );
  }
  const changes: Changes[number][] = [];
  const done = new Set<string>();
  for (const tensor of averaged) {
    const type = elementType(tensor.dtype) as ElementType;
    const same = checkpoints.map((one) => counterpart(one, tensor));
    const { offset, bytes } = await placeOf(tensor, torch, last);
    const key = `${offset} ${bytes}`;
    if (done.has(key)) {
      continue;
    }
    done.add(key);
    changes.push({ offset, length: bytes });
    let at = offset;
    for await (const piece of means(same, type, bytes / type.size)) {
      yield { offset: at, bytes: piece };
      at += piece.length;
    }
  }
  if (torch) {
    yield* torch.seal(changes);
  }
  const hasStatistics = averaged.some(({ name }) => /running_(mean|var)|moving_(mean|variance)/.test(name));
  return {
    changed: averaged.map(({ name }) => name),
    notes: [
      ...(hasStatistics
        ? ['running statistics of batch normalisation were averaged too: recompute them on training data before use']
        : []),
      ...(base.tensors.some(({ role }) => role.startsWith('optimizer/'))
        ? ['the optimizer state is that of the last checkpoint: do not go on training with it']
        : []),
    ],
  };
}

function isAveraged({ role, dtype }: CheckpointTensor): boolean {
  const type = elementType(dtype);
  return (role === 'weight' || role === 'ema' || role === 'buffer') && type !== undefined && canEncode(type);
}

function counterpart(checkpoint: OpenedCheckpoint, tensor: CheckpointTensor): CheckpointTensor {
  const found = checkpoint.tensors.find(({ name }) => name === tensor.name);
  if (!found) {
    throw new CheckpointError(`${tensor.name} is not in all of the checkpoints: they are of different models`);
  }
  if (found.shape.join() !== tensor.shape.join() || found.dtype !== tensor.dtype) {
    throw new CheckpointError(
      `${tensor.name} is ${found.dtype} [${found.shape.join(', ')}] in one checkpoint and ${tensor.dtype} [${tensor.shape.join(', ')}] in another`,
    );
  }
  if ('unreadable' in found.data) {
    throw new CheckpointError(`${tensor.name} cannot be read: ${found.data.unreadable}`);
  }
  return found;
}

/** Where the elements of a tensor stand in the file, in row-major order. */
async function placeOf(
  tensor: CheckpointTensor,
  torch: TorchFile | undefined,
  last: RandomAccess,
): Promise<{ readonly offset: number; readonly bytes: number }> {
  if (!torch) {
    const { data } = tensor;
    if (data instanceof ContiguousData && data.file === last) {
      return { offset: data.offset, bytes: data.bytes };
    }
  } else {
    const { data } = tensor;
    const place = isOfTree(tensor) && tensor.view && (await torch.place(tensor.view.storage));
    const stretch = isOfTree(tensor) && coveredStretch(tensor);
    if (
      place &&
      stretch &&
      !('unreadable' in data) &&
      data.order === 'row-major' &&
      stretch.from + stretch.bytes <= place.bytes
    ) {
      return { offset: place.offset + stretch.from, bytes: stretch.bytes };
    }
  }
  throw new CheckpointError(
    `${tensor.name} is a view that cannot be rewritten where it stands`,
    0,
    'name an output that ends in .safetensors',
  );
}

/** The means of the elements of several tensors of one type, piece by piece. */
export async function* means(
  tensors: readonly CheckpointTensor[],
  type: ElementType,
  count: number,
): AsyncGenerator<Uint8Array> {
  const streams = tensors.map(({ name, data }): ElementStream => {
    if ('unreadable' in data) {
      throw new CheckpointError(`${name} cannot be read: ${data.unreadable}`);
    }
    return data.openRowMajor();
  });
  const bytes = new Uint8Array(PIECE_ELEMENTS * type.size);
  const values = new Float64Array(PIECE_ELEMENTS);
  for (let done = 0; done < count; done += PIECE_ELEMENTS) {
    const length = Math.min(PIECE_ELEMENTS, count - done);
    const sums = new Float64Array(length);
    const piece = bytes.subarray(0, length * type.size);
    for (const stream of streams) {
      const read = await stream.next(piece);
      if (read < piece.length) {
        throw new CheckpointError('a tensor ends early');
      }
      decodeElements(type, piece, values);
      for (let index = 0; index < length; index++) {
        sums[index] = (sums[index] as number) + (values[index] as number);
      }
    }
    encodeElements(
      type,
      sums.map((sum) => sum / streams.length),
      piece,
    );
    yield piece;
  }
}

/** The same as a new safetensors file of the weights alone, under the names that the model has for them. */
export function averageToSafetensors(checkpoints: readonly OpenedCheckpoint[]): Bytes {
  const kept = (checkpoints.at(-1)?.tensors ?? []).filter(({ role }) => role === 'weight' || role === 'buffer');
  return writeSafetensors(
    underOwnNames(kept).map(({ name, tensor }) => ({
      name,
      tensor: isAveraged(tensor)
        ? { ...tensor, data: new MeanData(checkpoints.map((one) => counterpart(one, tensor))) }
        : tensor,
    })),
  );
}

/** The mean of tensors of one type and shape. */
class MeanData implements TensorData {
  readonly order = 'row-major';
  readonly #tensors: readonly CheckpointTensor[];

  constructor(tensors: readonly CheckpointTensor[]) {
    this.#tensors = tensors;
  }

  open(): ElementStream {
    const [{ dtype, bytes } = { dtype: '', bytes: 0 }] = this.#tensors;
    const type = elementType(dtype) as ElementType;
    const pieces = means(this.#tensors, type, bytes / type.size);
    return streamOfPieces(async () => {
      const piece = await pieces.next();
      return piece.done === true ? undefined : piece.value;
    });
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}
