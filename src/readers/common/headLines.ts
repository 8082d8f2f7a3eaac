import type { FileHead } from '../reader.js';
import { decodeUtf8 } from '../text/utf8.js';

/** What the beginning of a file looks like as text. */
export interface HeadText {
  /** Whole non-blank lines; the last, possibly cut, only when the file ends with the head. */
  readonly lines: readonly string[];
  /** Whether it holds bytes that no text has. */
  readonly binary: boolean;
}

const inspected = new WeakMap<Uint8Array, HeadText>();

/** The head as lines. Remembered, because every format asks. */
export function inspectLines(head: FileHead): HeadText {
  let text = inspected.get(head.bytes);
  if (text === undefined) {
    text = inspect(head);
    inspected.set(head.bytes, text);
  }
  return text;
}

function inspect(head: FileHead): HeadText {
  if (isBinary(head.bytes)) {
    return { lines: [], binary: true };
  }
  const lines = decodeUtf8(head.bytes)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/);
  const partial = lines.pop() ?? '';
  if (head.size <= head.bytes.length || lines.length === 0) {
    lines.push(partial);
  }
  return { lines: lines.filter((line) => line.trim() !== ''), binary: false };
}

/** Zero bytes other than at the very beginning, where a truncated log may have a hole, or many control characters. */
function isBinary(bytes: Uint8Array): boolean {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) {
    start++;
  }
  let control = 0;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === 0) {
      return true;
    }
    control += byte < 9 || (byte > 13 && byte < 27) ? 1 : 0;
  }
  return control > bytes.length / 50 || (start > 0 && start === bytes.length);
}

/** The last part of a path, whatever the separator. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
