import { decodeUtf8 } from './utf8.js';

/** Turns UTF-16, which PowerShell writes when output is redirected, into UTF-8 as the bytes arrive. */
export class Utf16Transcoder {
  readonly #low: 0 | 1;
  #half = -1;
  #surrogate = 0;

  /** @param littleEndian as the byte order mark says */
  constructor(littleEndian: boolean) {
    this.#low = littleEndian ? 0 : 1;
  }

  /** The next bytes as UTF-8; an odd byte and half a surrogate pair wait for what follows. */
  transcode(chunk: Uint8Array): Uint8Array {
    const output = new Uint8Array((chunk.length + 1) * 2);
    let length = 0;
    for (const byte of chunk) {
      if (this.#half < 0) {
        this.#half = byte;
        continue;
      }
      const unit = this.#low === 0 ? this.#half | (byte << 8) : (this.#half << 8) | byte;
      this.#half = -1;
      length = this.#write(output, length, unit);
    }
    return output.subarray(0, length);
  }

  #write(output: Uint8Array, at: number, unit: number): number {
    if (unit >= 0xd800 && unit < 0xdc00) {
      this.#surrogate = unit;
      return at;
    }
    const isPair = this.#surrogate > 0 && unit >= 0xdc00 && unit < 0xe000;
    const code = isPair ? 0x10000 + ((this.#surrogate & 0x3ff) << 10) + (unit & 0x3ff) : unit;
    this.#surrogate = 0;
    return writeUtf8(output, at, code);
  }
}

function writeUtf8(output: Uint8Array, at: number, code: number): number {
  let position = at;
  if (code < 0x80) {
    output[position++] = code;
  } else if (code < 0x800) {
    output[position++] = 0xc0 | (code >> 6);
    output[position++] = 0x80 | (code & 63);
  } else {
    if (code < 0x10000) {
      output[position++] = 0xe0 | (code >> 12);
    } else {
      output[position++] = 0xf0 | (code >> 18);
      output[position++] = 0x80 | ((code >> 12) & 63);
    }
    output[position++] = 0x80 | ((code >> 6) & 63);
    output[position++] = 0x80 | (code & 63);
  }
  return position;
}

/** Whether bytes begin with a UTF-16 byte order mark, and which. */
export function utf16Order(first: number | undefined, second: number | undefined): 'little' | 'big' | undefined {
  if (first === 0xff && second === 0xfe) {
    return 'little';
  }
  return first === 0xfe && second === 0xff ? 'big' : undefined;
}

/** Bytes as text: UTF-16 where a byte order mark says so, UTF-8 otherwise. The mark is left out. */
export function decodeText(bytes: Uint8Array): string {
  const order = utf16Order(bytes[0], bytes[1]);
  const utf8 = order === undefined ? bytes : new Utf16Transcoder(order === 'little').transcode(bytes.subarray(2));
  return decodeUtf8(utf8).replace(/^\uFEFF/, '');
}
