/** Checksum of `bytes[from, to)`, continued from the checksum `before` of what precedes. A signed 32-bit number. */
export type Crc = (bytes: Uint8Array, from: number, to: number, before?: number) => number;

/** A reflected CRC of 32 bits by its polynomial, folding eight bytes at a time ("slicing by eight"). */
export function makeCrc(polynomial: number): Crc {
  const tables = makeTables(polynomial);
  return (bytes, from, to, before = 0) => fold(tables, bytes, from, to, before);
}

/** Each of the eight tables begins 256 words behind the one before. */
function fold(tables: Int32Array, bytes: Uint8Array, from: number, to: number, before: number): number {
  let crc = ~before;
  let position = from;
  for (const last = to - 7; position < last; position += 8) {
    crc ^=
      (bytes[position] as number) |
      ((bytes[position + 1] as number) << 8) |
      ((bytes[position + 2] as number) << 16) |
      ((bytes[position + 3] as number) << 24);
    crc =
      (tables[1792 + (crc & 255)] as number) ^
      (tables[1536 + ((crc >>> 8) & 255)] as number) ^
      (tables[1280 + ((crc >>> 16) & 255)] as number) ^
      (tables[1024 + (crc >>> 24)] as number) ^
      (tables[768 + (bytes[position + 4] as number)] as number) ^
      (tables[512 + (bytes[position + 5] as number)] as number) ^
      (tables[256 + (bytes[position + 6] as number)] as number) ^
      (tables[bytes[position + 7] as number] as number);
  }
  for (; position < to; position++) {
    crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[position] as number)) & 255] as number);
  }
  return ~crc;
}

/** Eight tables of 256 words each, the first of them the usual one for single bytes. */
function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) === 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    }
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256] as number;
    tables[index] = (previous >>> 8) ^ (tables[previous & 255] as number);
  }
  return tables;
}
