import type { RecordSink } from '../model/record.js';

/** The beginning of a file, enough to tell its format. */
export interface FileHead {
  /** As the user would write it; only the name and the folders near it are used. */
  readonly path: string;
  /** The first bytes, at most {@link HEAD_BYTES}. */
  readonly bytes: Uint8Array;
  /** Size of the whole file, in bytes. */
  readonly size: number;
}

/** How much of a file {@link LogFormat.recognise} is shown. */
export const HEAD_BYTES = 64 * 1024;

/** Whether a file is of a format, and why: the reason is shown when nothing fits. */
export interface Recognition {
  /** 0: certainly not; 1: certainly. The highest over all formats wins, the earlier in the list on a tie. */
  readonly confidence: number;
  readonly reason: string;
}

/** A log format: one file in this folder, listed in `formats.ts`. */
export interface LogFormat {
  readonly id: string;
  readonly title: string;
  /** Which programs write it, for the table in the README. */
  readonly writtenBy: string;
  recognise(head: FileHead): Recognition;
  open(path: string, sink: RecordSink): LogReader;
}

/**
 * Reads one file as its bytes arrive. How the bytes are cut into chunks never changes what reaches the sink.
 * Nothing throws: what cannot be read becomes a problem, and reading goes on where the format allows.
 */
export interface LogReader {
  /** Takes the next bytes of the file; the array may be reused by the caller afterwards. */
  read(chunk: Uint8Array): void;
  /** The file will not grow any more: an unterminated last line is read, a half record becomes a problem. */
  end(): void;
}
