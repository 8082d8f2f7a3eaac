import type { TensorStatistics } from '../../model/tensor.js';
import type { CheckpointTensor } from '../checkpoint.js';
import type { ContentDigest } from '../contentKey.js';
import { decodeElements, elementCount, elementType } from '../elementTypes.js';
import type { ElementType } from '../elementTypes.js';
import type { ElementOrder, TensorData } from '../tensorData.js';
import { elementCounter } from './elementCounter.js';
import { LineAccumulator } from './lines.js';
import type { PieceBuffers, ReadingOptions } from './pieceBuffers.js';
import { estimateSpectrum, LARGEST_SPECTRUM_ELEMENTS, SPECTRUM_ELEMENTS } from './spectrum.js';

export interface StatisticsOptions extends ReadingOptions {
  /** Elements of the largest matrix whose spectrum is estimated; {@link SPECTRUM_ELEMENTS} when omitted. */
  readonly spectrumElements?: number;
  /** Takes in all that is read, for the key by which the statistics may be kept. */
  readonly content?: ContentDigest;
}

/** The statistics of a tensor in one pass over its elements, or the reason why there are none. */
export async function tensorStatistics(
  tensor: CheckpointTensor,
  buffers: PieceBuffers,
  options: StatisticsOptions = {},
): Promise<{ readonly stats: TensorStatistics } | { readonly noStats: string }> {
  const { data, dtype, shape } = tensor;
  options.content?.begin(tensor);
  if ('unreadable' in data) {
    return { noStats: data.unreadable };
  }
  const type = elementType(dtype);
  const count = elementCount(shape);
  if (!type || count === undefined) {
    return { noStats: type ? 'its shape makes no sense' : `elements of type ${dtype} are not read` };
  }
  const counter = elementCounter(type);
  const lines = matrixLines(type, shape, count, data);
  const matrix = spectrumMatrix(type, shape, count, options);
  let seen = 0;
  await buffers.forEach(
    data.open(),
    type.size,
    (piece) => {
      options.content?.add(piece);
      counter.add(piece);
      const elements = piece.length / type.size;
      lines?.accumulator.add(elementReader(type, piece), elements);
      if (matrix) {
        const decoded = new Float64Array(elements);
        decodeElements(type, piece, decoded);
        matrix.set(decoded, seen);
      }
      seen += elements;
    },
    options,
  );
  if (seen !== count) {
    return { noStats: `truncated: ${seen} of ${count} elements are there` };
  }
  const moments = counter.finish();
  const { nan, inf, zeros, min, max, mean, std, l2, absMax, histogram, finite } = moments;
  const spectrum =
    matrix && nan + inf === 0 ? estimateSpectrum(matrix, ...matrixShape(shape, count, data.order)) : undefined;
  const lineStatistics = lines && count > 0 ? turned(lines.accumulator.finish(), data.order) : {};
  const extremes = finite === 0 ? { min: NaN, max: NaN } : { min, max };
  return {
    stats: {
      count,
      nan,
      inf,
      zeros,
      ...extremes,
      mean,
      std,
      l2,
      absMax,
      histogram,
      ...lineStatistics,
      ...(spectrum && { spectrum }),
    },
  };
}

function matrixLines(
  type: ElementType,
  shape: readonly number[],
  count: number,
  data: TensorData,
): { readonly accumulator: LineAccumulator } | undefined {
  if (shape.length < 2 || data.order === 'other' || type.kind === 'boolean') {
    return undefined;
  }
  const accumulator = LineAccumulator.of(...matrixShape(shape, count, data.order));
  return accumulator && { accumulator };
}

/** Lengths of the slower and the faster axis of a tensor that is seen as a matrix, in the order of its elements. */
function matrixShape(shape: readonly number[], count: number, order: ElementOrder): [number, number] {
  const rows = shape[0] ?? 1;
  const columns = rows === 0 ? 0 : count / rows;
  return order === 'column-major' ? [columns, rows] : [rows, columns];
}

function turned<Lines>(lines: { rows: Lines; columns: Lines }, order: ElementOrder): { rows: Lines; columns: Lines } {
  return order === 'column-major' ? { rows: lines.columns, columns: lines.rows } : lines;
}

function spectrumMatrix(
  type: ElementType,
  shape: readonly number[],
  count: number,
  { spectrumElements = SPECTRUM_ELEMENTS }: StatisticsOptions,
): Float32Array | undefined {
  const rows = shape[0] ?? 1;
  const isMatrix = type.kind === 'float' && shape.length >= 2 && rows > 1 && count / rows > 1;
  return isMatrix && count <= Math.min(spectrumElements, LARGEST_SPECTRUM_ELEMENTS)
    ? new Float32Array(count)
    : undefined;
}

/** Gives single elements of a piece. */
function elementReader(type: ElementType, piece: Uint8Array): (index: number) => number {
  if (type.table) {
    const table = type.table();
    const bits = type.size === 1 ? piece : new Uint16Array(piece.buffer, piece.byteOffset, piece.length / 2);
    return (index) => table[bits[index] as number] as number;
  }
  if (type.dtype === 'f32') {
    const values = new Float32Array(piece.buffer, piece.byteOffset, piece.length / 4);
    return (index) => values[index] as number;
  }
  const values = new Float64Array(piece.length / type.size);
  decodeElements(type, piece, values);
  return (index) => values[index] as number;
}
