import { open } from 'node:fs/promises';
import path from 'node:path';
import type { FormatAnswer } from '../../readers/formats.js';
import { HEAD_BYTES } from '../../readers/reader.js';
import type { FileHead } from '../../readers/reader.js';
import { readHead } from '../tailing/fileHead.js';
import { isCompressed } from '../tailing/gunzip.js';
import type { Recogniser } from './userPatterns.js';

/** What a file is read as and where its log begins, or why it is not read. */
export interface RecognisedContent {
  readonly answer: FormatAnswer;
  readonly head: FileHead;
  /** Bytes before the log: a dump in a first line of many megabytes, else 0. */
  readonly from: number;
}

/** A dump of arguments, data or source code; what is longer is a file of data. */
const LONGEST_FIRST_LINE = 128 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Bytes below the tabulator stand in no text. */
const TABULATOR = 9;

/** Tells the format of a file from its beginning, or from what follows a first line that is larger than that. */
export async function recogniseFile(file: string, recognise: Recogniser): Promise<RecognisedContent> {
  const head = await readHead(file);
  const answer = recognise(head);
  if ('refused' in answer && couldFollowFirstLine(file, head)) {
    const rest = await afterFirstLine(file, head);
    const second = rest && recognise(rest.head);
    if (rest && second && !('refused' in second)) {
      return { answer: second, head: rest.head, from: rest.from };
    }
  }
  return { answer, head, from: 0 };
}

/** A document of JSON is one line to its end. */
function couldFollowFirstLine(file: string, { bytes, size }: FileHead): boolean {
  return (
    size > bytes.length &&
    !isCompressed(file) &&
    path.extname(file).toLowerCase() !== '.json' &&
    !bytes.some((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN || byte < TABULATOR)
  );
}

async function afterFirstLine(
  file: string,
  { path: name, size }: FileHead,
): Promise<{ head: FileHead; from: number } | undefined> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    for (let offset = HEAD_BYTES; offset < Math.min(size, LONGEST_FIRST_LINE);) {
      const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES, offset);
      const end = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
      if (end >= 0) {
        const from = offset + end + 1;
        const { bytesRead: filled } = await handle.read(buffer, 0, HEAD_BYTES, from);
        return { head: { path: name, bytes: new Uint8Array(buffer.subarray(0, filled)), size: size - from }, from };
      }
      if (bytesRead === 0) {
        break;
      }
      offset += bytesRead;
    }
    return undefined;
  } finally {
    await handle.close();
  }
}
