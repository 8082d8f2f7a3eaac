import { CheckpointError } from '../checkpointError.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';

/** HDF5 file format specification 3.0: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const DATATYPE = 3;
const FLOAT = 1;
/** Headers of objects are looked through so far; the type comes early. */
const HEADER_BYTES = 1024;
/** Flag of a message whose content lies elsewhere, as that of a type with a name does. */
const SHARED = 2;

/**
 * How many bits of a dataset's floating-point numbers are the exponent: what tells brain floats from half floats, and
 * what the library keeps to itself. It stands in the header of the dataset.
 * @param address of the header, from the file's own zero
 * @returns undefined when it is not found there
 */
export async function exponentBits(file: RandomAccess, address: number): Promise<number | undefined> {
  try {
    const at = (await ownZero(file)) + address;
    const header = await readExactly(file, at, Math.min(HEADER_BYTES, file.size - at), 'the header of a dataset');
    const type = header[0] === 1 ? findInVersionOne(header) : findInVersionTwo(header);
    // Class and version, three bytes of bits, the size; then offset and precision, the exponent's place and its size.
    return type && ((type[0] ?? 0) & 15) === FLOAT ? type[13] : undefined;
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** Where the superblock is: at zero, or behind a block of the user's own of a power of two. */
async function ownZero(file: RandomAccess): Promise<number> {
  for (let at = 0; at + SIGNATURE.length <= file.size; at = at === 0 ? 512 : at * 2) {
    const start = await readExactly(file, at, SIGNATURE.length, 'the superblock');
    if (SIGNATURE.every((byte, index) => start[index] === byte)) {
      return at;
    }
  }
  return 0;
}

function findInVersionOne(header: Uint8Array): Uint8Array | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  for (let at = 16; at + 8 <= header.length; at += 8 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === DATATYPE) {
      return ((header[at + 4] ?? 0) & SHARED) === 0 ? header.subarray(at + 8) : undefined;
    }
  }
  return undefined;
}

function findInVersionTwo(header: Uint8Array): Uint8Array | undefined {
  if (new TextDecoder('latin1').decode(header.subarray(0, 4)) !== 'OHDR') {
    return undefined;
  }
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const flags = header[5] ?? 0;
  const messageHead = 4 + ((flags & 4) !== 0 ? 2 : 0);
  const start = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0) + (1 << (flags & 3));
  for (let at = start; at + messageHead <= header.length; at += messageHead + view.getUint16(at + 1, true)) {
    if (header[at] === DATATYPE) {
      return ((header[at + 3] ?? 0) & SHARED) === 0 ? header.subarray(at + messageHead) : undefined;
    }
  }
  return undefined;
}
