import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Disposable } from '../base/disposable.js';

/** The streams that a command talks to, as much of them as it may use. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command may know of the world around it. */
export interface CommandContext {
  readonly output: Output;
  /** One line on stderr. */
  readonly complain: (line: string) => void;
  /** Aborted by Ctrl-C, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Standard error as it is, for what other programs say there. */
  readonly errorOutput: OutputStream;
  /** Until it is given back, whoever takes it hears of Ctrl-C and its like, and `signal` is not aborted by them. */
  readonly takeInterruptions: (listener: (interruption: Interruption) => void) => Disposable;
}

/** Ctrl-C, a polite end, a closed terminal. */
export type Interruption = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Columns of text that is not for a terminal. */
const COLUMNS_ELSEWHERE = 100;

/** Where results go. Writing waits for a slow reader; a reader that has gone away ends the command quietly. */
export class Output {
  readonly isTerminal: boolean;
  readonly usesColour: boolean;
  private readonly stream: OutputStream;
  private readonly signal: AbortSignal;

  constructor(stream: OutputStream, environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.stream = stream;
    this.signal = signal;
    this.isTerminal = stream.isTTY === true;
    this.usesColour = this.isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  }

  get columns(): number {
    return this.isTerminal ? Math.max(40, this.stream.columns ?? COLUMNS_ELSEWHERE) : COLUMNS_ELSEWHERE;
  }

  async write(text: string | Uint8Array): Promise<void> {
    this.signal.throwIfAborted();
    if (!this.stream.write(text)) {
      await once(this.stream, 'drain', { signal: this.signal });
    }
  }
}
