import { decodeUtf8 } from '../text/utf8.js';
import { BYTES, FIXED32, FIXED64, type ProtobufCursor, VARINT } from './protobuf.js';

/** `DataType` of tensorflow/core/framework/types.proto: those that can hold a scalar. */
const FLOAT = 1;
const DOUBLE = 2;
const INT32 = 3;
const UINT8 = 4;
const INT16 = 5;
const INT8 = 6;
const STRING = 7;
const INT64 = 9;
const BOOL = 10;
const BFLOAT16 = 14;
const UINT16 = 17;
const HALF = 19;
const UINT32 = 22;
const UINT64 = 23;

const MAXIMUM_STRINGS = 64;

/** What a tensor comes to, as far as logs need it. */
export interface TensorContent {
  /** Number of values that were found. */
  readonly count: number;
  /** The first one; NaN when there is none or it is of a type that is not read. */
  readonly value: number;
  readonly isNumeric: boolean;
  readonly strings: readonly string[];
}

/** Reads the `TensorProto` in `cursor.bytes[from, to)`. The cursor's place is not kept. */
export function readTensor(cursor: ProtobufCursor, from: number, to: number): TensorContent {
  cursor.position = from;
  cursor.end = to;
  let type = 0;
  let count = 0;
  let value = NaN;
  let contentFrom = 0;
  let contentTo = 0;
  const strings: string[] = [];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wire === VARINT) {
      type = cursor.readVarint();
    } else if (cursor.field === 4 && cursor.wire === BYTES) {
      cursor.readBytes();
      contentFrom = cursor.from;
      contentTo = cursor.to;
    } else if (cursor.field === 8 && cursor.wire === BYTES) {
      cursor.readBytes();
      if (strings.length < MAXIMUM_STRINGS) {
        strings.push(decodeUtf8(cursor.bytes.subarray(cursor.from, cursor.to)));
      }
    } else if (isValueField(cursor.field)) {
      const limit = cursor.wire === BYTES ? openPacked(cursor) : cursor.position + 1;
      const wire = cursor.wire === BYTES ? wireOf(cursor.field) : cursor.wire;
      while (cursor.position < limit && !cursor.malformed) {
        const read = readValue(cursor, wire, type);
        value = count++ === 0 ? read : value;
      }
    } else {
      cursor.skip();
    }
  }
  const size = sizeOf(type);
  if (contentTo > contentFrom && size > 0) {
    count = Math.floor((contentTo - contentFrom) / size);
    value = count > 0 ? readElement(cursor.view, contentFrom, type) : NaN;
  }
  return { count, value, isNumeric: size > 0, strings };
}

/** float_val, double_val, int_val, int64_val, bool_val, half_val, uint32_val, uint64_val. */
function isValueField(field: number): boolean {
  return field === 5 || field === 6 || field === 7 || field === 10 || field === 11 || field === 13 || field > 15;
}

function wireOf(field: number): number {
  return field === 5 ? FIXED32 : field === 6 ? FIXED64 : VARINT;
}

/** Goes back to the first value of a packed field; returns where the field ends. */
function openPacked(cursor: ProtobufCursor): number {
  cursor.readBytes();
  cursor.position = cursor.from;
  return cursor.to;
}

function readValue(cursor: ProtobufCursor, wire: number, type: number): number {
  if (wire === FIXED32) {
    return cursor.readFloat();
  }
  if (wire === FIXED64) {
    return cursor.readDouble();
  }
  const bits = type === UINT64 ? cursor.readVarint() : cursor.readInt64();
  return type === HALF ? halfToNumber(bits) : type === BFLOAT16 ? bfloat16ToNumber(bits) : bits;
}

function sizeOf(type: number): number {
  switch (type) {
    case UINT8:
    case INT8:
    case BOOL:
      return 1;
    case INT16:
    case UINT16:
    case HALF:
    case BFLOAT16:
      return 2;
    case FLOAT:
    case INT32:
    case UINT32:
      return 4;
    case DOUBLE:
    case INT64:
    case UINT64:
      return 8;
    default:
      return type === STRING ? 0 : -1;
  }
}

function readElement(view: DataView, at: number, type: number): number {
  switch (type) {
    case FLOAT:
      return view.getFloat32(at, true);
    case DOUBLE:
      return view.getFloat64(at, true);
    case INT32:
      return view.getInt32(at, true);
    case UINT32:
      return view.getUint32(at, true);
    case INT64:
      return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
    case UINT64:
      return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
    case INT16:
      return view.getInt16(at, true);
    case UINT16:
      return view.getUint16(at, true);
    case INT8:
      return view.getInt8(at);
    case HALF:
      return halfToNumber(view.getUint16(at, true));
    case BFLOAT16:
      return bfloat16ToNumber(view.getUint16(at, true));
    default:
      return view.getUint8(at);
  }
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const WORD = new Uint32Array(1);
const FLOAT_OF_WORD = new Float32Array(WORD.buffer);

/** The upper half of an IEEE 754 binary32. */
function bfloat16ToNumber(bits: number): number {
  WORD[0] = (bits & 0xffff) << 16;
  return FLOAT_OF_WORD[0] as number;
}
