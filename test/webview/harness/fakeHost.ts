import type { FromPanel, ToPanel } from '../../../src/contract/panelProtocol.js';
import { parseFromPanel } from '../../../src/contract/panelMessages.js';
import { packReport } from '../../../src/contract/panelReport.js';
import type { RunReport } from '../../../src/contract/report.js';
import type { Envelope } from '../../../src/model/envelope.js';
import type { RunCheckpoint } from '../../../src/model/runCheckpoint.js';

/** A run as the page sees it: its report, and where its curves come from. */
export interface FakeRun {
  readonly report: RunReport;
  /** Rejects where there is no such signal. */
  envelope(query: EnvelopeQuery): Promise<Envelope>;
}

export type EnvelopeQuery = Omit<FromPanel & { type: 'envelope' }, 'type' | 'request'>;

/** Answers the page from a real store, as the extension does; what else the page asks is kept to be looked at. */
export class FakeHost {
  run: FakeRun | undefined;
  /** Runs to compare with, by their ids. */
  others: ReadonlyMap<string, FakeRun> = new Map();
  checkpoints: readonly RunCheckpoint[] = [];
  trusted = true;
  /** Questions for these tags fail with this message. */
  failing = new Map<string, string>();
  readonly received: FromPanel[] = [];
  private readonly send: (message: ToPanel) => Promise<void>;

  constructor(send: (message: ToPanel) => Promise<void>) {
    this.send = send;
  }

  async receive(raw: unknown): Promise<void> {
    const message = parseFromPanel(raw);
    if (!message) {
      throw new Error(`not a message of the protocol: ${JSON.stringify(raw)}`);
    }
    this.received.push(message);
    if (message.type === 'ready') {
      await this.sendOthers();
      await this.sendReport();
      await this.send({ type: 'checkpoints', checkpoints: this.checkpoints });
    } else if (message.type === 'compare') {
      await Promise.all(message.runs.map((run) => this.sendCompared(run)));
    } else if (message.type === 'envelope') {
      await this.answer(message);
    }
  }

  private async sendOthers(): Promise<void> {
    const runs = [...this.others].map(([id, { report }]) => ({ id, name: report.name }));
    await this.send({ type: 'runs', runs });
  }

  private async sendCompared(run: string): Promise<void> {
    const report = this.others.get(run)?.report;
    await this.send(
      report
        ? {
            type: 'compared',
            run,
            signals: report.signals,
            lastStep: report.steps?.last ?? null,
            configuration: report.configuration,
          }
        : { type: 'compare-failed', run, message: 'its files are gone' },
    );
  }

  async sendReport(): Promise<void> {
    if (this.run) {
      const { report } = this.run;
      const message: ToPanel = {
        type: 'report',
        report: packReport(report),
        live: report.status === 'live',
        trusted: this.trusted,
      };
      // As the editor carries it.
      await this.send(JSON.parse(JSON.stringify(message)) as ToPanel);
    }
  }

  requests(type: FromPanel['type']): FromPanel[] {
    return this.received.filter((message) => message.type === type);
  }

  private async answer({ type: _type, request, ...query }: FromPanel & { type: 'envelope' }): Promise<void> {
    await this.send(
      await this.envelope(query).then(
        (envelope): ToPanel => ({ type: 'envelope', request, envelope }),
        (error: unknown): ToPanel => ({ type: 'failure', request, message: (error as Error).message }),
      ),
    );
  }

  private async envelope(query: EnvelopeQuery): Promise<Envelope> {
    const failure = this.failing.get(query.tag);
    const { run: other, ...own } = query;
    const run = other === undefined ? this.run : this.others.get(other);
    if (failure !== undefined || !run) {
      throw new Error(failure ?? 'no run');
    }
    return run.envelope(own);
  }
}
