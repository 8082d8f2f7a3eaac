import type { JsonValue } from '../../model/json.js';
import { decodeUtf8 } from '../text/utf8.js';
import { BYTES, FIXED64, ProtobufCursor, VARINT } from './protobuf.js';

/** What a record of TensorBoard's hparams plugin says. */
export interface HParams {
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Set by the record that closes the session. */
  readonly outcome: 'finished' | 'failed' | undefined;
}

const SESSION_START = 3;
const SESSION_END = 4;
const STATUS_SUCCESS = 1;
const STATUS_FAILURE = 2;

/** Reads an `HParamsPluginData` (tensorboard/plugins/hparams/plugin_data.proto) in `bytes[from, to)`. */
export function readHParams(bytes: Uint8Array, view: DataView, from: number, to: number): HParams {
  const cursor = new ProtobufCursor();
  const values: Record<string, JsonValue> = {};
  let outcome: HParams['outcome'];
  cursor.open(bytes, view, from, to);
  while (cursor.next()) {
    if (cursor.wire !== BYTES) {
      cursor.skip();
      continue;
    }
    cursor.readBytes();
    if (cursor.field === SESSION_START) {
      readSessionStart(bytes, view, cursor.from, cursor.to, values);
    } else if (cursor.field === SESSION_END) {
      outcome = readOutcome(bytes, view, cursor.from, cursor.to);
    }
  }
  return { values, outcome };
}

function readSessionStart(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  values: Record<string, JsonValue>,
): void {
  const cursor = new ProtobufCursor();
  cursor.open(bytes, view, from, to);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wire === BYTES) {
      cursor.readBytes();
      readMapEntry(bytes, view, cursor.from, cursor.to, values);
    } else {
      cursor.skip();
    }
  }
}

function readMapEntry(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  values: Record<string, JsonValue>,
): void {
  const cursor = new ProtobufCursor();
  let key = '';
  let value: JsonValue = null;
  cursor.open(bytes, view, from, to);
  while (cursor.next()) {
    if (cursor.wire !== BYTES) {
      cursor.skip();
      continue;
    }
    cursor.readBytes();
    if (cursor.field === 1) {
      key = decodeUtf8(bytes.subarray(cursor.from, cursor.to));
    } else if (cursor.field === 2) {
      value = readValue(bytes, view, cursor.from, cursor.to);
    }
  }
  if (key !== '' && key !== '__proto__') {
    values[key] = value;
  }
}

/** A `google.protobuf.Value` that is a number, a string or a boolean; null for anything else. */
function readValue(bytes: Uint8Array, view: DataView, from: number, to: number): JsonValue {
  const cursor = new ProtobufCursor();
  cursor.open(bytes, view, from, to);
  let value: JsonValue = null;
  while (cursor.next()) {
    if (cursor.field === 2 && cursor.wire === FIXED64) {
      value = cursor.readDouble();
    } else if (cursor.field === 3 && cursor.wire === BYTES) {
      cursor.readBytes();
      value = decodeUtf8(bytes.subarray(cursor.from, cursor.to));
    } else if (cursor.field === 4 && cursor.wire === VARINT) {
      value = cursor.readVarint() !== 0;
    } else {
      cursor.skip();
    }
  }
  return value;
}

function readOutcome(bytes: Uint8Array, view: DataView, from: number, to: number): HParams['outcome'] {
  const cursor = new ProtobufCursor();
  cursor.open(bytes, view, from, to);
  let status = 0;
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wire === VARINT) {
      status = cursor.readVarint();
    } else {
      cursor.skip();
    }
  }
  return status === STATUS_SUCCESS ? 'finished' : status === STATUS_FAILURE ? 'failed' : undefined;
}
