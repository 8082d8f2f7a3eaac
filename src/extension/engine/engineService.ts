import { messageOf } from '../../base/errorMessage.js';
import type { Disposable } from '../../base/disposable.js';
import { Emitter } from '../../base/event.js';
import type {
  EngineConfiguration,
  EngineEvent,
  EngineMethod,
  EngineRequests,
  RunSummary,
} from '../../contract/engineProtocol.js';
import type { ExperimentProgress } from '../../contract/labExperiment.js';
import type { LabTrial } from '../../contract/labProtocol.js';
import type { EngineLog, EnginePort, EngineRequester } from './enginePort.js';
import type { RunCatalogue } from './runCatalogue.js';

export interface EngineServiceOptions {
  readonly port: EnginePort;
  readonly configuration: () => EngineConfiguration;
  /** Logs that the user opened besides what is discovered; opened again when the engine starts. */
  readonly openedPaths: () => readonly string[];
  readonly catalogue: RunCatalogue;
  readonly log: EngineLog;
}

/**
 * The engine as the rest of the extension sees it: starts with the first need of it, is configured before anything
 * else is asked, and feeds the catalogue.
 */
export class EngineService implements EngineRequester, Disposable {
  private readonly options: EngineServiceOptions;
  private readonly trials = new Emitter<LabTrial>();
  /** Hears of a trial of the lab that is another than before. */
  readonly onTrial = this.trials.event;
  private readonly sweeps = new Emitter<ExperimentProgress>();
  /** Hears how far a sweep of learning rates is. */
  readonly onSweep = this.sweeps.event;
  private ready: Promise<void> | undefined;

  constructor(options: EngineServiceOptions) {
    this.options = options;
    options.port.onEvent((event) => this.receive(event));
  }

  /** Starts the engine and its first search, unless it runs. Failures go to the log; requests report them as well. */
  start(): void {
    void this.started().catch(() => undefined);
  }

  async request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    signal?: AbortSignal,
  ): Promise<EngineRequests[Method]['result']> {
    await this.started();
    return this.options.port.request(method, params, signal);
  }

  /** Searches again and takes the listing. */
  async rescan(): Promise<readonly RunSummary[]> {
    const runs = await this.request('rescan', null);
    this.options.catalogue.replace(runs);
    return runs;
  }

  /** Hands the settings over again after a change; an engine that was not needed yet reads them when it starts. */
  async reconfigure(): Promise<void> {
    if (this.ready) {
      await this.request('configure', this.options.configuration());
      await this.rescan();
    }
  }

  dispose(): void {
    this.trials.dispose();
    this.sweeps.dispose();
    this.options.port.dispose();
  }

  private started(): Promise<void> {
    this.ready ??= this.prepare().catch((error: unknown) => {
      this.ready = undefined;
      this.options.log.error(`The engine could not be started: ${messageOf(error)}`);
      throw error;
    });
    return this.ready;
  }

  private async prepare(): Promise<void> {
    const { port, configuration, openedPaths, log } = this.options;
    await port.request('configure', configuration());
    const paths = openedPaths();
    const opening = paths.length > 0 ? port.request('open', { paths }) : Promise.resolve([]);
    void opening
      .catch((error: unknown) => log.warn(`Logs opened earlier can't be opened again: ${messageOf(error)}`))
      .then(() => this.rescan())
      .catch((error: unknown) => log.error(`The search for runs failed: ${messageOf(error)}`));
  }

  private receive(event: EngineEvent): void {
    if (event.type === 'runs-changed') {
      this.options.catalogue.update(event.changed, event.removed);
      return;
    }
    if (event.type === 'trial') {
      this.trials.fire(event.trial);
      return;
    }
    if (event.type === 'sweep') {
      this.sweeps.fire(event.progress);
      return;
    }
    const level = event.level === 'warning' ? 'warn' : event.level;
    this.options.log[level](event.message);
  }
}
