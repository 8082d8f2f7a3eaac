import type { CheckpointTensor } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementType } from '../elementTypes.js';
import { SAFETENSORS_DTYPES } from '../formats/safetensors.js';
import type { Bytes } from './patch.js';

const PIECE_BYTES = 4 * 1024 * 1024;
/** The header is padded with blanks, so that the elements begin where any type may. */
const ALIGNMENT = 8;

/** A tensor under the name that it gets. */
export interface Written {
  readonly name: string;
  readonly tensor: CheckpointTensor;
}

/** Writes tensors as a safetensors file, widest elements first, as its library orders them. */
export async function* writeSafetensors(tensors: readonly Written[], notes: readonly string[] = []): Bytes {
  const names = new Map(Object.entries(SAFETENSORS_DTYPES).map(([own, dtype]) => [dtype, own]));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const ordered = [...tensors].sort((a, b) => sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : 1));
  let offset = 0;
  for (const { name, tensor } of ordered) {
    const dtype = names.get(tensor.dtype);
    if (dtype === undefined || 'unreadable' in tensor.data) {
      const reason = 'unreadable' in tensor.data ? tensor.data.unreadable : `safetensors has no type ${tensor.dtype}`;
      throw new CheckpointError(`${tensor.name} cannot be written: ${reason}`);
    }
    if (Object.hasOwn(header, name)) {
      throw new CheckpointError(`two tensors would be named ${name}`);
    }
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, offset + tensor.bytes] };
    offset += tensor.bytes;
  }
  yield headerBytes(header);
  const piece = new Uint8Array(PIECE_BYTES);
  for (const { name, tensor } of ordered) {
    let written = 0;
    const stream = 'unreadable' in tensor.data ? undefined : tensor.data.openRowMajor();
    for (let read = await stream?.next(piece); read; read = await stream?.next(piece)) {
      written += read;
      yield piece.subarray(0, read);
    }
    if (written !== tensor.bytes) {
      throw new CheckpointError(`${name} ends early`);
    }
  }
  return { changed: ordered.map(({ name }) => name), notes };
}

function sizeOf({ tensor }: Written): number {
  return elementType(tensor.dtype)?.size ?? 0;
}

function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
