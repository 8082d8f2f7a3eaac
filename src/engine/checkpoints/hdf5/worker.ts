import { parentPort, workerData } from 'node:worker_threads';
import type { BlockingFile } from './presentedFile.js';
import { Exchange } from './protocol.js';
import type { Hdf5News, Hdf5Request, Hdf5Start } from './protocol.js';
import { Hdf5Session, LibraryBroken, reasonOf } from './session.js';

/** Entry of the thread that reads one HDF5 file: what it holds first, then every block that is asked for. */
if (!parentPort) {
  throw new Error('HDF5 files are to be read in a worker thread');
}
const port = parentPort;

const PAGE_BYTES = 64 * 1024;
const MOST_PAGES = 64;

/** The file as the other thread reads it; what the library looks at in small pieces is kept for a while. */
class ExchangedFile implements BlockingFile {
  readonly size: number;
  readonly #exchange: Exchange;
  readonly #pages = new Map<number, Uint8Array>();

  constructor({ size, exchange }: Hdf5Start) {
    this.size = size;
    this.#exchange = new Exchange(exchange);
  }

  read(offset: number, target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length && offset + filled < this.size) {
      const at = offset + filled;
      const wanted = target.subarray(filled);
      filled += wanted.length >= PAGE_BYTES ? this.#fetch(at, wanted) : this.#readPage(at, wanted);
    }
    return filled;
  }

  #readPage(at: number, target: Uint8Array): number {
    const number = Math.floor(at / PAGE_BYTES);
    let page = this.#pages.get(number);
    if (page) {
      this.#pages.delete(number);
    } else {
      const fresh = new Uint8Array(Math.min(PAGE_BYTES, this.size - number * PAGE_BYTES));
      this.#fetch(number * PAGE_BYTES, fresh);
      page = fresh;
      const [oldest] = this.#pages.keys();
      if (this.#pages.size >= MOST_PAGES && oldest !== undefined) {
        this.#pages.delete(oldest);
      }
    }
    this.#pages.set(number, page);
    const part = page.subarray(at % PAGE_BYTES).subarray(0, target.length);
    target.set(part);
    return part.length;
  }

  #fetch(offset: number, target: Uint8Array): number {
    const length = Math.min(target.length, this.#exchange.bytes.length, this.size - offset);
    this.#exchange.expect();
    tell({ type: 'need', offset, length });
    const count = this.#exchange.wait();
    if (count < length) {
      throw new Error('the file could not be read');
    }
    target.set(this.#exchange.bytes.subarray(0, length));
    return length;
  }
}

function tell(news: Hdf5News): void {
  port.postMessage(news, news.type === 'block' ? [news.bytes.buffer] : []);
}

function fail(error: unknown): void {
  const isBroken = error instanceof LibraryBroken;
  tell({ type: 'failed', reason: isBroken ? error.message : reasonOf(error), isBroken });
}

async function serve(): Promise<void> {
  try {
    const session = await Hdf5Session.open(new ExchangedFile(workerData as Hdf5Start));
    tell({ type: 'listed', listing: session.list() });
    port.on('message', ({ path, start, count }: Hdf5Request) => {
      try {
        tell({ type: 'block', bytes: session.read(path, start, count) });
      } catch (error) {
        fail(error);
      }
    });
  } catch (error) {
    fail(error);
  }
}

void serve();
