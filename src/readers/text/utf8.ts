/** The part of the Encoding Standard's decoder that readers use: Node, browsers and workers all have it. */
interface Decoder {
  decode(bytes: Uint8Array): string;
}
declare const TextDecoder: new (label: string, options: { ignoreBOM: boolean }) => Decoder;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text; what is not UTF-8 becomes U+FFFD. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Calling the decoder costs more than so many characters do one by one. */
const SHORT = 32;

/** The text in `bytes[from, to)`; for a few words of ASCII much faster than {@link decodeUtf8}, otherwise the same. */
export function decodeShortUtf8(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > SHORT) {
    return decodeUtf8(bytes.subarray(from, to));
  }
  let text = '';
  for (let position = from; position < to; position++) {
    const byte = bytes[position] as number;
    if (byte >= 128) {
      return decodeUtf8(bytes.subarray(from, to));
    }
    text += String.fromCharCode(byte);
  }
  return text;
}
