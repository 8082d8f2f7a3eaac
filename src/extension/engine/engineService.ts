import type { Disposable } from '../../base/disposable.js';
import type {
  EngineConfiguration,
  EngineEvent,
  EngineMethod,
  EngineRequests,
  RunSummary,
} from '../../contract/engineProtocol.js';
import type { EngineLog, EnginePort, EngineRequester } from './enginePort.js';
import type { RunCatalogue } from './runCatalogue.js';

/** Worker crashes in a row after which the engine stays down until the user asks for a rescan. */
const MAXIMUM_CRASHES = 3;
/** A worker that lived this long before it crashed does not count as crashing in a row. */
const STABLE_AFTER_MS = 60_000;

export interface EngineServiceOptions {
  /** Starts a worker. */
  readonly open: () => EnginePort;
  readonly configuration: () => EngineConfiguration;
  /** Logs that the user opened besides what is discovered; opened again when the engine starts. */
  readonly openedPaths: () => readonly string[];
  readonly catalogue: RunCatalogue;
  readonly log: EngineLog;
  readonly now: () => number;
}

/**
 * The engine as the rest of the extension sees it: starts with the first need of it, is configured before anything
 * else is asked, feeds the catalogue, and starts again when its worker crashes.
 */
export class EngineService implements EngineRequester, Disposable {
  private readonly options: EngineServiceOptions;
  private running: { readonly port: EnginePort; readonly ready: Promise<unknown>; readonly since: number } | undefined;
  private crashes = 0;
  private isDisposed = false;

  constructor(options: EngineServiceOptions) {
    this.options = options;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Starts the engine and its first search, unless it runs. Failures go to the log; requests report them as well. */
  start(): void {
    if (this.running || this.isDisposed) {
      return;
    }
    try {
      const port = this.options.open();
      port.onEvent((event) => this.receive(event));
      port.onEnded((reason) => this.ended(reason));
      const ready = this.prepare(port);
      this.running = { port, ready, since: this.options.now() };
      void this.search(port, ready);
    } catch (error) {
      this.options.log.error(`The engine could not be started: ${messageOf(error)}`);
    }
  }

  async request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    signal?: AbortSignal,
  ): Promise<EngineRequests[Method]['result']> {
    this.start();
    if (!this.running) {
      throw new Error('The engine is not running; see the log (Evenkeel: Show Log).');
    }
    const { port, ready } = this.running;
    await ready;
    return port.request(method, params, signal);
  }

  /** Searches again and takes the listing. Also brings back an engine that had crashed too often. */
  async rescan(): Promise<readonly RunSummary[]> {
    this.crashes = 0;
    const runs = await this.request('rescan', null);
    this.options.catalogue.replace(runs);
    return runs;
  }

  /** Hands the settings over again after a change; an engine that does not run reads them when it starts. */
  async reconfigure(): Promise<void> {
    if (this.running) {
      await this.request('configure', this.options.configuration());
      await this.rescan();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.running?.port.dispose();
    this.running = undefined;
  }

  private async prepare(port: EnginePort): Promise<void> {
    await port.request('configure', this.options.configuration());
    const paths = this.options.openedPaths();
    if (paths.length > 0) {
      await port.request('open', { paths }).catch((error: unknown) => {
        this.options.log.warn(`Logs opened earlier can't be opened again: ${messageOf(error)}`);
      });
    }
  }

  private async search(port: EnginePort, ready: Promise<unknown>): Promise<void> {
    try {
      await ready;
      this.options.catalogue.replace(await port.request('rescan', null));
    } catch (error) {
      this.options.log.error(`The search for runs failed: ${messageOf(error)}`);
    }
  }

  private receive(event: EngineEvent): void {
    if (event.type === 'runs-changed') {
      this.options.catalogue.update(event.changed, event.removed);
      return;
    }
    const level = event.level === 'warning' ? 'warn' : event.level;
    this.options.log[level](event.message);
  }

  private ended(reason: string): void {
    const lived = this.options.now() - (this.running?.since ?? 0);
    this.running = undefined;
    if (this.isDisposed) {
      return;
    }
    this.crashes = lived > STABLE_AFTER_MS ? 1 : this.crashes + 1;
    this.options.log.error(`The engine ended: ${reason}`);
    if (this.crashes < MAXIMUM_CRASHES) {
      this.start();
    } else {
      this.options.log.error('It is left alone now. Rescan for Runs starts it again.');
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
