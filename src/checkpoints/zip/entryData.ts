import { CheckpointError } from '../checkpointError.js';
import type { ElementStream, TensorData } from '../tensorData.js';
import type { ZipArchive, ZipEntry } from './zipArchive.js';

/** A stretch of a file in an archive, whose place is looked up when it is read first. */
export class EntryData implements TensorData {
  readonly order = 'row-major';
  readonly #data: () => ReturnType<ZipArchive['data']>;

  constructor(archive: ZipArchive, entry: ZipEntry, from: number, bytes: number, swapUnit = 1) {
    this.#data = () => archive.data(entry, from, bytes, swapUnit);
  }

  open(): ElementStream {
    let stream: ElementStream | undefined;
    return {
      next: async (target) => {
        if (!stream) {
          const data = await this.#data();
          if ('unreadable' in data) {
            throw new CheckpointError(data.unreadable);
          }
          stream = data.open();
        }
        return stream.next(target);
      },
    };
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}
