import type { Disposable } from '../base/disposable.js';
import { Emitter } from '../base/event.js';
import type {
  EngineCall,
  EngineConfiguration,
  EngineEvent,
  EngineMessage,
  EngineMethod,
  EngineRequests,
} from '../contract/engineProtocol.js';
import { UNHURRIED_METHODS } from '../contract/engineProtocol.js';

/** The worker as its host sees it: what the client uses of `node:worker_threads`' Worker. */
export interface EngineWorker {
  postMessage(call: EngineCall): void;
  on(event: 'message', listener: (message: EngineMessage) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
}

/** A request that was not answered: it failed, was cancelled, took too long, or its worker died. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: 'failed' | 'cancelled' | 'timeout' | 'closed';

  constructor(kind: EngineError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; {@link STANDARD_TIMEOUT_MS} unless said, and longer for methods with bounds of their own. */
  readonly timeoutMs?: number;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly release: () => void;
}

/** Longer than reading the largest runs takes; an answer that takes longer will not come. */
const STANDARD_TIMEOUT_MS = 120_000;
/** For {@link UNHURRIED_METHODS}: the longest budget that the lab can be given. */
const LONGEST_TIMEOUT_MS = 24 * 3_600_000;
/** A worker that dies this often within the time below is not started again until somebody asks. */
const MOST_RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;

/**
 * The host's end of the engine: every request is answered, fails, is cancelled or times out. A worker that dies fails
 * what it was asked, and another takes its place with the same configuration and opened paths.
 */
export class EngineClient implements Disposable {
  private readonly events = new Emitter<EngineEvent>();
  readonly onEvent = this.events.event;
  private readonly startWorker: () => EngineWorker;
  private readonly pending = new Map<number, Pending>();
  private readonly opened = new Set<string>();
  /** Ids of the runs that the host has been told of. */
  private readonly told = new Set<string>();
  private worker: EngineWorker | undefined;
  private configuration: EngineConfiguration | undefined;
  private lastId = 0;
  /** When the worker last said something; by `performance.now()`. */
  private heardAt = 0;
  private deaths: number[] = [];
  private disposed = false;

  constructor(startWorker: () => EngineWorker) {
    this.startWorker = startWorker;
  }

  /** Starts the worker where none runs. Rejects with an {@link EngineError}. */
  request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    options: RequestOptions = {},
  ): Promise<EngineRequests[Method]['result']> {
    if (this.disposed) {
      return Promise.reject(new EngineError('closed', 'the engine has been closed'));
    }
    if (options.signal?.aborted) {
      return Promise.reject(new EngineError('cancelled', 'cancelled'));
    }
    const worker = this.worker ?? this.restart();
    this.remember(method, params);
    return this.send(worker, method, params, options) as Promise<EngineRequests[Method]['result']>;
  }

  dispose(): void {
    this.disposed = true;
    void this.worker?.terminate();
    this.worker = undefined;
    this.failAll('the engine has been closed');
    this.events.dispose();
  }

  /** What the next worker has to be told should this one die. */
  private remember(method: EngineMethod, params: unknown): void {
    if (method === 'configure') {
      this.configuration = params as EngineConfiguration;
    } else if (method === 'open') {
      (params as EngineRequests['open']['params']).paths.forEach((path) => this.opened.add(path));
    }
  }

  private start(): EngineWorker {
    const worker = this.startWorker();
    this.worker = worker;
    worker.on('message', (message) => this.receive(message));
    worker.on('error', (error) => this.log(`the engine failed: ${error.stack ?? error.message}`));
    worker.on('exit', (code) => this.died(worker, code));
    return worker;
  }

  private send(worker: EngineWorker, method: EngineMethod, params: unknown, options: RequestOptions): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const patience = UNHURRIED_METHODS.includes(method) ? LONGEST_TIMEOUT_MS : STANDARD_TIMEOUT_MS;
      const { signal, timeoutMs = patience } = options;
      const giveUp = (kind: EngineError['kind'], message: string): void => {
        worker.postMessage({ type: 'cancel', id });
        this.take(id)?.reject(new EngineError(kind, message));
      };
      const cancel = (): void => giveUp('cancelled', 'cancelled');
      const sentAt = performance.now();
      const timer = setTimeout(() => {
        giveUp('timeout', `the engine did not answer "${method}" within ${timeoutMs / 1000} s`);
        if (this.worker === worker && this.heardAt < sentAt) {
          this.log(`the engine has said nothing for ${timeoutMs / 1000} s; it is stopped`);
          void worker.terminate();
        }
      }, timeoutMs);
      signal?.addEventListener('abort', cancel, { once: true });
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      };
      this.pending.set(id, { resolve, reject, release });
      try {
        worker.postMessage({ type: 'request', id, method, params });
      } catch (error) {
        this.take(id)?.reject(new EngineError('failed', `"${method}" can't be sent: ${String(error)}`));
      }
    });
  }

  private receive(message: EngineMessage): void {
    this.heardAt = performance.now();
    switch (message.type) {
      case 'event':
        this.note(message.event);
        this.events.fire(message.event);
        break;
      case 'result':
        this.take(message.id)?.resolve(message.result);
        break;
      case 'failure':
        this.take(message.id)?.reject(new EngineError(message.cancelled ? 'cancelled' : 'failed', message.message));
        break;
    }
  }

  private note(event: EngineEvent): void {
    if (event.type === 'runs-changed') {
      event.removed.forEach((run) => this.told.delete(run));
      event.changed.forEach(({ id }) => this.told.add(id));
    }
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.release();
    return pending;
  }

  private died(worker: EngineWorker, code: number): void {
    if (this.worker !== worker) {
      return;
    }
    this.worker = undefined;
    this.failAll(`the engine stopped (exit code ${code})`);
    if (this.mayRestart()) {
      this.log(`the engine stopped (exit code ${code}); starting another`);
      this.restart();
    } else {
      this.log('the engine keeps stopping; it is started again with the next request');
    }
  }

  private mayRestart(): boolean {
    const now = performance.now();
    this.deaths = [...this.deaths.filter((death) => now - death < RESTART_WINDOW_MS), now];
    return this.deaths.length <= MOST_RESTARTS;
  }

  /** A worker that knows what the one before it was told. */
  private restart(): EngineWorker {
    const worker = this.start();
    const ignore = (): void => undefined; // A failure here was logged when the worker died again.
    if (this.configuration) {
      this.send(worker, 'configure', this.configuration, {}).catch(ignore);
    }
    if (this.opened.size > 0) {
      this.send(worker, 'open', { paths: [...this.opened] }, {}).catch(ignore);
    }
    if (this.told.size > 0) {
      this.takeStock(worker).catch(ignore);
    }
    return worker;
  }

  /** Tells the host what the worker finds, and which runs went while no worker looked. */
  private async takeStock(worker: EngineWorker): Promise<void> {
    const changed = (await this.send(worker, 'rescan', null, {})) as EngineRequests['rescan']['result'];
    const found = new Set(changed.map(({ id }) => id));
    const event: EngineEvent = {
      type: 'runs-changed',
      changed,
      removed: [...this.told].filter((run) => !found.has(run)),
    };
    this.note(event);
    this.events.fire(event);
  }

  private failAll(message: string): void {
    for (const id of [...this.pending.keys()]) {
      this.take(id)?.reject(new EngineError('closed', message));
    }
  }

  private log(message: string): void {
    this.events.fire({ type: 'log', level: 'error', message });
  }
}
