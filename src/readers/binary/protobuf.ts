/** Wire types of the protobuf encoding. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/**
 * Walks over the fields of protobuf messages in a buffer, without building objects. After {@link next} the field's
 * number and wire type are in `field` and `wire`; then call the read function of the wire type, or {@link skip}.
 * Reading past the end sets `malformed` and ends the walk.
 */
export class ProtobufCursor {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  position = 0;
  end = 0;
  field = 0;
  wire = 0;
  /** Bounds of the bytes that {@link readBytes} found. */
  from = 0;
  to = 0;
  malformed = false;

  open(bytes: Uint8Array, view: DataView, from: number, to: number): void {
    this.bytes = bytes;
    this.view = view;
    this.position = from;
    this.end = to;
    this.malformed = false;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.position >= this.end) {
      return false;
    }
    const key = this.readVarint();
    this.field = Math.floor(key / 8);
    this.wire = key & 7;
    return !this.malformed;
  }

  /** An unsigned number; exact up to 2^53. */
  readVarint(): number {
    const { bytes } = this;
    const first = bytes[this.position] as number;
    if (first < 128 && this.position < this.end) {
      this.position++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10 && this.position < this.end; count++) {
      const byte = bytes[this.position++] as number;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) {
        return value;
      }
    }
    this.#fail();
    return 0;
  }

  /** A signed 64-bit number in two's complement; exact up to 2^53 in magnitude. */
  readInt64(): number {
    const start = this.position;
    const value = this.readVarint();
    if (value < 2 ** 53) {
      return value;
    }
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = start, shift = 0; index < this.position; index++, shift += 7) {
      const bits = (this.bytes[index] as number) & 127;
      if (shift < 28) {
        low |= bits << shift;
      } else if (shift < 56) {
        middle |= bits << (shift - 28);
      } else {
        high |= bits << (shift - 56);
      }
    }
    return ((high << 24) >> 24) * 2 ** 56 + middle * 2 ** 28 + low;
  }

  readDouble(): number {
    if (this.position + 8 > this.end) {
      this.#fail();
      return NaN;
    }
    this.position += 8;
    return this.view.getFloat64(this.position - 8, true);
  }

  readFloat(): number {
    if (this.position + 4 > this.end) {
      this.#fail();
      return NaN;
    }
    this.position += 4;
    return this.view.getFloat32(this.position - 4, true);
  }

  /** Passes over a string, bytes or message and leaves its bounds in `from` and `to`. */
  readBytes(): void {
    const length = this.readVarint();
    if (this.position + length > this.end) {
      this.#fail();
    }
    this.from = this.position;
    this.to = this.malformed ? this.position : this.position + length;
    this.position = this.malformed ? this.end : this.to;
  }

  /** Passes over the value of the field, whatever it is. */
  skip(): void {
    if (this.wire === VARINT) {
      this.readVarint();
    } else if (this.wire === BYTES) {
      this.readBytes();
    } else if (this.wire === FIXED64 || this.wire === FIXED32) {
      this.position += this.wire === FIXED64 ? 8 : 4;
      if (this.position > this.end) {
        this.#fail();
      }
    } else {
      this.#fail();
    }
  }

  #fail(): void {
    this.malformed = true;
    this.position = this.end;
  }
}
