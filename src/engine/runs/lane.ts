import { stat } from 'node:fs/promises';
import type { RecordSink } from '../../model/record.js';
import type { RunFile } from '../../model/run.js';
import type { LogReader } from '../../readers/reader.js';
import { describeFileError, isMissing } from '../fileErrors.js';
import { recogniseFile } from '../recognition/recognisedFile.js';
import type { Recogniser } from '../recognition/userPatterns.js';
import { tailOf } from '../tailing/fileTail.js';
import type { Tail } from '../tailing/tail.js';

/** What came of asking a lane for more. */
export type LaneProgress = 'more' | 'end' | 'replaced';

interface OpenFile {
  readonly file: RunFile;
  readonly sink: RecordSink;
  readonly tail: Tail;
  readonly reader: LogReader;
}

/** Files that continue one another, read one after the other; the last one may grow, and others may follow. */
export class Lane {
  /** Ids of the formats met, in order. */
  readonly formats = new Set<string>();
  private readonly files: RunFile[];
  private readonly sinkOf: (file: RunFile) => RecordSink;
  private readonly recognise: Recogniser;
  private next = 0;
  private current: OpenFile | undefined;
  private currentEnded = false;
  private complained = false;
  /** The file that was last refused, and its bytes then: it may be written from its beginning at this moment. */
  private refused: { readonly path: string; readonly size: number | undefined } | undefined;

  constructor(files: readonly RunFile[], sinkOf: (file: RunFile) => RecordSink, recognise: Recogniser) {
    this.files = [...files];
    this.sinkOf = sinkOf;
    this.recognise = recognise;
  }

  /** Adds files that were found after the lane was opened, such as a resumed job's. */
  append(files: readonly RunFile[]): void {
    this.files.push(...files);
  }

  /** Reads a piece of what there is. */
  async advance(): Promise<LaneProgress> {
    if (!this.current) {
      return (await this.isReadableByNow()) ? 'replaced' : this.openNext();
    }
    const read = await this.current.tail.next();
    switch (read.kind) {
      case 'bytes':
        if (this.currentEnded) {
          return 'replaced'; // Its reader has been told that nothing follows.
        }
        this.current.reader.read(read.bytes);
        return 'more';
      case 'replaced':
        return 'replaced';
      case 'failed':
        this.complain(this.current.sink, read.message);
        return this.closeAndOpenNext();
      case 'missing':
      case 'end':
        return this.closeAndOpenNext();
    }
  }

  /** Tells the reader of the last file that nothing follows. */
  end(): void {
    if (this.current && !this.currentEnded) {
      this.currentEnded = true;
      this.current.reader.end();
    }
  }

  close(): void {
    this.current?.tail.close();
  }

  /** The last file stays open, because it may grow. */
  private async closeAndOpenNext(): Promise<LaneProgress> {
    if (this.next >= this.files.length) {
      return 'end';
    }
    this.end();
    this.close();
    this.current = undefined;
    return this.openNext();
  }

  private async openNext(): Promise<LaneProgress> {
    const file = this.files[this.next];
    if (!file) {
      return 'end';
    }
    this.next++;
    this.currentEnded = false;
    this.complained = false;
    this.refused = undefined;
    const sink = this.sinkOf(file);
    try {
      const { answer, head, from } = await recogniseFile(file.path, this.recognise);
      if ('refused' in answer) {
        this.refused = { path: file.path, size: head.size };
        sink.problem({ offset: 0, message: answer.refused });
        return 'more';
      }
      if (from > 0) {
        const megabytes = (from / 1e6).toFixed(1);
        sink.problem({ offset: 0, message: `a first line of ${megabytes} MB that is no part of a log was left out` });
      }
      this.formats.add(answer.format.id);
      this.current = { file, sink, tail: tailOf(file.path, from), reader: answer.format.open(file.path, sink) };
    } catch (error) {
      this.refused = { path: file.path, size: undefined };
      if (!isMissing(error)) {
        sink.problem({ offset: 0, message: describeFileError(error) });
      }
    }
    return 'more';
  }

  /** Whether the last file, which was refused, has become a log: it was opened when it had just been emptied. */
  private async isReadableByNow(): Promise<boolean> {
    const { refused } = this;
    if (!refused || this.next < this.files.length) {
      return false;
    }
    try {
      const { size } = await stat(refused.path);
      if (size === refused.size) {
        return false;
      }
      this.refused = { ...refused, size };
      const { answer } = await recogniseFile(refused.path, this.recognise);
      return !('refused' in answer);
    } catch {
      return false; // It is still not there, or not to be read, which has been told.
    }
  }

  /** Once a file: it is asked again and again. */
  private complain(sink: RecordSink, message: string): void {
    if (!this.complained) {
      this.complained = true;
      sink.problem({ offset: 0, message });
    }
  }
}
