import type { FileHead } from '../reader.js';
import { decodeText, utf16Order } from '../text/utf16.js';

/** What the beginning of a file looks like as text. */
export interface HeadText {
  /** Whole non-blank lines; the last, possibly cut, only when the file ends with the head. */
  readonly lines: readonly string[];
  /** Whether it holds bytes that no text has. */
  readonly binary: boolean;
  /** Whether the file's first line goes on behind the head, so that it does not show what the file is. */
  readonly endless: boolean;
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
  if (utf16Order(head.bytes[0], head.bytes[1]) === undefined && isBinary(head.bytes)) {
    return { lines: [], binary: true, endless: false };
  }
  const lines = decodeText(head.bytes)
    .replaceAll('\0', '')
    .split(/\r\n|\n|\r/);
  const partial = lines.pop() ?? '';
  const isWhole = head.size <= head.bytes.length;
  const endless = !isWhole && lines.every((line) => line.trim() === '');
  if (isWhole || lines.length === 0) {
    lines.push(partial);
  }
  return { lines: lines.filter((line) => line.trim() !== ''), binary: false, endless };
}

/** A log that was truncated under its writer has holes of zero bytes, but only a few of them. */
const MAXIMUM_HOLES = 4;

function isBinary(bytes: Uint8Array): boolean {
  let control = 0;
  let holes = 0;
  let text = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === 0) {
      holes += index === 0 || bytes[index - 1] !== 0 ? 1 : 0;
    } else {
      text++;
      control += byte < 8 || (byte > 13 && byte < 27) ? 1 : 0;
    }
  }
  return holes > MAXIMUM_HOLES || control > text / 50 || (text === 0 && bytes.length > 0);
}

/** The last part of a path, whatever the separator. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** The tag of a single series as TensorBoard's page downloads it: `run-train-tag-epoch_loss.csv`. */
export function tagOfDownload(path: string): string | undefined {
  return /-tag-(.+)\.(?:csv|json)$/.exec(fileName(path))?.[1];
}
