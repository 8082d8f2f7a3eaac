import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { EngineClient, EngineError } from '../../src/engine/client.js';
import type { RunSummary } from '../../src/contract/engineProtocol.js';
import type { RunReport } from '../../src/contract/report.js';
import type { Random } from '../corpus/syntheticRuns.js';
import type { Control, Measured } from './control.js';

/** A question that is answered later than this counts as forgotten; the client's own limit is longer. */
const ANSWERED_WITHIN_MS = 30_000;
const MEASURED_WITHIN_MS = 15_000;

/** How questions to the engine ended. */
export interface Answers {
  answered: number;
  /** By us, on purpose. */
  cancelled: number;
  /** With the thread that was killed. */
  lostWithTheWorker: number;
  /** The run, or its series, was gone by then. */
  gone: number;
  /** Everything else, in words. */
  readonly unexpected: string[];
}

/** The extension's client with the engine in a thread, which is killed, asked and measured. */
export class SoakedEngine {
  readonly client: EngineClient;
  readonly answers: Answers = { answered: 0, cancelled: 0, lostWithTheWorker: 0, gone: 0, unexpected: [] };
  /** The newest summaries by the places of their runs. */
  readonly runs = new Map<string, RunSummary>();
  /** What the engine logged as an error without having been killed. */
  readonly complaints: string[] = [];
  kills = 0;
  /** Names of series that a report named, by run. */
  private readonly tags = new Map<string, readonly string[]>();
  private worker: Worker | undefined;
  private control: MessagePort | undefined;
  private clockOffset = 0;
  private isKilled = false;
  private startedAt = 0;
  private lastId = 0;

  constructor() {
    this.client = new EngineClient(() => this.start());
    this.client.onEvent((event) => {
      if (event.type === 'runs-changed') {
        event.removed.forEach((run) => {
          this.runs.delete(run);
          this.tags.delete(run);
        });
        event.changed.forEach((run) => this.runs.set(run.id, run));
      } else if (
        event.type === 'log' &&
        event.level === 'error' &&
        !(this.isKilled && event.message.includes('the engine'))
      ) {
        this.complaints.push(event.message);
      }
    });
  }

  /** Milliseconds for which the present thread has been running. */
  get age(): number {
    return performance.now() - this.startedAt;
  }

  kill(): void {
    this.kills++;
    this.isKilled = true;
    void this.worker?.terminate();
  }

  setClock(offset: number): void {
    this.clockOffset = offset;
    this.control?.postMessage({ type: 'clock', offset } satisfies Control);
  }

  /** Bytes that the engine's thread holds; undefined when it was killed meanwhile. */
  measure(): Promise<number | undefined> {
    const { control } = this;
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), MEASURED_WITHIN_MS);
      const hear = (measured: Measured): void => {
        if (measured.id === id) {
          clearTimeout(timer);
          control?.off('message', hear);
          resolve(measured.bytes);
        }
      };
      control?.on('message', hear);
      control?.postMessage({ type: 'measure', id } satisfies Control);
    });
  }

  /** Asks something of some run, and changes its mind now and then. */
  async askSomething(random: Random): Promise<void> {
    const runs = [...this.runs.values()];
    if (runs.length === 0) {
      return;
    }
    const { id } = random.pick(runs);
    const tags = this.tags.get(id) ?? [];
    const cancellation = new AbortController();
    if (random.uniform() < 0.3) {
      setTimeout(() => cancellation.abort(), random.uniform(0, 50));
    }
    const options = { signal: cancellation.signal, timeoutMs: ANSWERED_WITHIN_MS };
    const asked =
      tags.length === 0 || random.uniform() < 0.5
        ? this.client.request('report', { run: id }, options).then(({ signals }) => {
            this.tags.set(
              id,
              signals.map(({ tag }) => tag),
            );
          })
        : this.client.request(
            'envelope',
            { run: id, tag: random.pick(tags), axis: random.pick(['step', 'wall-time']), buckets: 500 },
            options,
          );
    await asked.then(
      () => this.answers.answered++,
      (error: unknown) => this.take(error),
    );
  }

  /** The report of the run in a folder; undefined when the engine has none just now. */
  async report(folder: string): Promise<RunReport | undefined> {
    const run = [...this.runs.values()].find(({ location, id }) => [location, id].some((one) => one.includes(folder)));
    if (!run) {
      return undefined;
    }
    return this.client.request('report', { run: run.id }, { timeoutMs: ANSWERED_WITHIN_MS }).catch((error: unknown) => {
      this.take(error);
      return undefined;
    });
  }

  async close(): Promise<void> {
    this.isKilled = true;
    this.client.dispose();
    await this.worker?.terminate();
  }

  private start(): Worker {
    const { port1, port2 } = new MessageChannel();
    this.control?.close();
    this.control = port1;
    const worker = new Worker(path.join(__dirname, 'worker.js'), {
      workerData: { control: port2, offset: this.clockOffset },
      transferList: [port2],
    });
    worker.once('online', () => (this.isKilled = false));
    worker.on('error', (error) => this.complaints.push(`the engine's thread failed: ${error.stack ?? error.message}`));
    this.startedAt = performance.now();
    return (this.worker = worker);
  }

  private take(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof EngineError ? error.kind : 'failed';
    if (kind === 'cancelled') {
      this.answers.cancelled++;
    } else if (kind === 'closed') {
      this.answers.lostWithTheWorker++;
    } else if (/there is no run|has no series|nothing of the run/.test(message)) {
      this.answers.gone++;
    } else {
      this.answers.unexpected.push(message);
    }
  }
}
