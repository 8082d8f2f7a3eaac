import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { CheckpointError } from '../../../checkpoints/checkpointError.js';
import type { Hdf5Library, Hdf5Listing, Hdf5Objects } from '../../../checkpoints/hdf5/library.js';
import type { RandomAccess } from '../../../checkpoints/source.js';
import { fill } from '../../../checkpoints/source.js';
import { Exchange } from './protocol.js';
import type { Hdf5News, Hdf5Request, Hdf5Start } from './protocol.js';

/** How long the library may work on one answer, the time for reading the file left out. */
const PATIENCE_MS = 30_000;
const BUNDLE = 'hdf5.js';
const AGAIN = 'download or save it again';

/**
 * Reads HDF5 files with a library in WebAssembly, each in a thread of its own: it is loaded when it is needed, can be
 * stopped whatever it is at, and gets at nothing but the bytes that it is handed.
 */
export class Hdf5Threads implements Hdf5Library {
  readonly #threads: Hdf5Thread[] = [];
  readonly #patienceMs: number;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  async open(file: RandomAccess): Promise<Hdf5Objects> {
    const thread = new Hdf5Thread(file, this.#patienceMs);
    this.#threads.push(thread);
    try {
      const listing = await thread.listing;
      return { ...listing, read: (where, start, count) => thread.read({ path: where, start, count }) };
    } catch (error) {
      await thread.stop();
      throw error;
    }
  }

  /** Ends all that was opened. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
  }
}

interface Pending {
  readonly resolve: (news: Hdf5News) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread with the library that reads one file. */
class Hdf5Thread {
  readonly listing: Promise<Hdf5Listing>;
  readonly #worker: Worker;
  readonly #file: RandomAccess;
  readonly #exchange = new Exchange();
  readonly #pending: Pending[] = [];
  readonly #patience: Patience;
  #failure: unknown;
  /** What went wrong while the file was read, which the library only knows as a failure to read. */
  #readFailure: unknown;

  constructor(file: RandomAccess, patienceMs: number) {
    this.#file = file;
    this.#patience = new Patience(patienceMs, () => {
      const message = `the HDF5 library was at it for more than ${patienceMs / 1000} seconds: the file is damaged`;
      this.#end(new CheckpointError(message, 0, AGAIN));
    });
    const start: Hdf5Start = { size: file.size, exchange: this.#exchange.shared };
    this.#worker = new Worker(workerFile(), { workerData: start, env: {}, stdout: true, stderr: true });
    this.#worker.on('message', (news: Hdf5News) => this.#take(news));
    this.#worker.on('error', (error) =>
      this.#end(
        new CheckpointError(
          `the HDF5 library gave up: ${error instanceof Error ? error.message : 'no reason'}`,
          0,
          AGAIN,
        ),
      ),
    );
    this.#worker.on('exit', () => this.#end(new CheckpointError('reading the HDF5 file was ended')));
    this.listing = this.#expect().then((news) => (news as Extract<Hdf5News, { type: 'listed' }>).listing);
  }

  async read(request: Hdf5Request): Promise<Uint8Array> {
    if (this.#failure !== undefined) {
      throw this.#failure as Error;
    }
    const answer = this.#expect();
    this.#worker.postMessage(request);
    return ((await answer) as Extract<Hdf5News, { type: 'block' }>).bytes;
  }

  async stop(): Promise<void> {
    this.#end(new CheckpointError('reading the HDF5 file was ended'));
    await this.#worker.terminate();
  }

  #expect(): Promise<Hdf5News> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.ref();
      this.#patience.start();
    });
  }

  #take(news: Hdf5News): void {
    if (news.type === 'need') {
      void this.#hand(news.offset, news.length);
      return;
    }
    const pending = this.#pending.shift();
    this.#patience.renew(this.#pending.length > 0);
    if (this.#pending.length === 0) {
      this.#worker.unref();
    }
    if (news.type !== 'failed') {
      pending?.resolve(news);
      return;
    }
    const failure = this.#readFailure ?? errorOf(news.reason);
    this.#readFailure = undefined;
    pending?.reject(failure);
    if (news.isBroken) {
      this.#end(failure);
    }
  }

  async #hand(offset: number, length: number): Promise<void> {
    this.#patience.pause();
    let count = -1;
    try {
      const bytes = new Uint8Array(length);
      count = await fill(this.#file, offset, bytes);
      this.#exchange.bytes.set(bytes);
    } catch (error) {
      this.#readFailure = error;
    }
    this.#patience.start();
    this.#exchange.answer(count);
  }

  /** Nothing more comes of this file. */
  #end(failure: unknown): void {
    this.#failure ??= failure;
    this.#patience.pause();
    for (const { reject } of this.#pending.splice(0)) {
      reject(failure);
    }
    void this.#worker.terminate();
  }
}

/** The reasons that the library has, in the words of a user. */
function errorOf(reason: string): CheckpointError {
  return /truncated file|addr overflow|end of file|eof/i.test(reason)
    ? new CheckpointError(`truncated: the HDF5 file ends too early (${reason})`, 0, AGAIN)
    : new CheckpointError(`the HDF5 file is damaged: ${reason}`, 0, AGAIN);
}

/** Runs while the library is at work, and calls when that took too long. */
class Patience {
  readonly #limitMs: number;
  readonly #onEnd: () => void;
  #leftMs: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onEnd: () => void) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
    this.#onEnd = onEnd;
  }

  start(): void {
    if (this.#timer === undefined) {
      this.#since = performance.now();
      this.#timer = setTimeout(this.#onEnd, Math.max(0, this.#leftMs));
    }
  }

  pause(): void {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#leftMs -= performance.now() - this.#since;
    }
  }

  /** An answer came: the next one has all the time again. */
  renew(isMoreExpected: boolean): void {
    this.pause();
    this.#leftMs = this.#limitMs;
    if (isMoreExpected) {
      this.start();
    }
  }
}

/** The bundle of the thread: beside the one that runs, or where the build puts it when the sources run themselves. */
function workerFile(): string {
  let folder = __dirname;
  for (;;) {
    const found = [path.join(folder, BUNDLE), path.join(folder, 'dist', BUNDLE)].find((file) => existsSync(file));
    if (found !== undefined) {
      return found;
    }
    const above = path.dirname(folder);
    if (above === folder) {
      throw new CheckpointError(`${BUNDLE}, which reads HDF5 files, is missing`, 0, 'install Evenkeel again');
    }
    folder = above;
  }
}
