import type { Result } from '../../src/base/result.js';
import { failure, ok } from '../../src/base/result.js';
import type { FromPanel, ToPanel } from '../../src/contract/panelProtocol.js';
import type { Envelope } from '../../src/model/envelope.js';

export type EnvelopeQuery = Omit<Extract<FromPanel, { type: 'envelope' }>, 'type' | 'request'>;

/** A hidden page loses messages: an answer that has not come by then never will. */
const PATIENCE_MS = 20_000;

export interface EnvelopeClientOptions {
  post(message: FromPanel): void;
  /** Calls back once after so many milliseconds; gives what cancels it. */
  later(callback: () => void, milliseconds: number): () => void;
}

interface Waiting {
  readonly answer: (result: Result<Envelope>) => void;
  readonly stopClock: () => void;
}

/** Asks the host for curves. Every question is answered once: with the curve, a failure, or that none came. */
export class EnvelopeClient {
  private readonly options: EnvelopeClientOptions;
  private readonly waiting = new Map<number, Waiting>();
  private lastRequest = 0;

  constructor(options: EnvelopeClientOptions) {
    this.options = options;
  }

  request(query: EnvelopeQuery): Promise<Result<Envelope>> {
    const request = ++this.lastRequest;
    return new Promise((resolve) => {
      const stopClock = this.options.later(() => {
        this.settle(request, failure('no answer from the editor'));
      }, PATIENCE_MS);
      this.waiting.set(request, { answer: resolve, stopClock });
      this.options.post({ type: 'envelope', request, ...query });
    });
  }

  /** Takes the answers among the host's messages; ones to questions that nobody waits for are dropped. */
  receive(message: ToPanel): void {
    if (message.type === 'envelope') {
      this.settle(message.request, ok(message.envelope));
    } else if (message.type === 'failure') {
      this.settle(message.request, failure(message.message));
    }
  }

  private settle(request: number, result: Result<Envelope>): void {
    const waiting = this.waiting.get(request);
    if (waiting) {
      this.waiting.delete(request);
      waiting.stopClock();
      waiting.answer(result);
    }
  }
}
