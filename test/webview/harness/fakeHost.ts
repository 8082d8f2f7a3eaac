import type { FromPanel, ToPanel } from '../../../src/contract/panelProtocol.js';
import { parseFromPanel } from '../../../src/contract/panelMessages.js';
import type { RunReport } from '../../../src/contract/report.js';
import type { RunStore } from '../../../src/store/runStore.js';

/** A run as the page sees it: its report, and the store that its curves come from. */
export interface FakeRun {
  readonly report: RunReport;
  readonly store: RunStore;
}

/** Answers the page from a real store, as the extension does; what else the page asks is kept to be looked at. */
export class FakeHost {
  run: FakeRun | undefined;
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
      await this.sendReport();
    } else if (message.type === 'envelope') {
      await this.answer(message);
    }
  }

  async sendReport(): Promise<void> {
    if (this.run) {
      const { report } = this.run;
      await this.send({ type: 'report', report, live: report.status === 'live', trusted: this.trusted });
    }
  }

  requests(type: FromPanel['type']): FromPanel[] {
    return this.received.filter((message) => message.type === type);
  }

  private async answer({ request, tag, rank, ...query }: FromPanel & { type: 'envelope' }): Promise<void> {
    const handle = this.run?.store.find(tag, rank);
    const failure = this.failing.get(tag) ?? (handle === undefined ? `no signal ${tag}` : undefined);
    await this.send(
      failure === undefined
        ? { type: 'envelope', request, envelope: this.run!.store.envelope(handle!, query) }
        : { type: 'failure', request, message: failure },
    );
  }
}
