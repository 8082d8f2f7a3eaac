import { messageOf } from '../base/errorMessage.js';
import type { EngineCall, EngineMessage, EngineMethod } from '../contract/engineProtocol.js';
import type { EngineHandlers, Engine } from './engine.js';

/** The worker's end of the line to its host. */
export interface MessageEnd {
  postMessage(message: EngineMessage, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (call: EngineCall) => void): unknown;
}

const METHODS: Readonly<Record<EngineMethod, true>> = {
  configure: true,
  rescan: true,
  runs: true,
  open: true,
  report: true,
  envelope: true,
  checkpoints: true,
  document: true,
  compare: true,
  previewPattern: true,
  loops: true,
  blocks: true,
  settings: true,
  fixes: true,
  fix: true,
  tryFix: true,
  trial: true,
  sweep: true,
  tool: true,
};

/** Answers the host's calls: each with a result, or with a failure that says why or that it was cancelled. */
export function serveEngine(engine: Engine, end: MessageEnd): void {
  const running = new Map<number, AbortController>();
  engine.onEvent((event) => end.postMessage({ type: 'event', event }));
  end.on('message', (call) => {
    if (call.type === 'cancel') {
      running.get(call.id)?.abort();
    } else {
      void answer(call.id, call.method, call.params);
    }
  });

  async function answer(id: number, method: EngineMethod, params: unknown): Promise<void> {
    const cancellation = new AbortController();
    running.set(id, cancellation);
    try {
      const result = await handle(engine, method, params, cancellation.signal);
      post({ type: 'result', id, result }, buffersOf(result));
    } catch (error) {
      const message = messageOf(error);
      post({ type: 'failure', id, message, cancelled: cancellation.signal.aborted });
    } finally {
      running.delete(id);
    }
  }

  /** A result that can't be sent is a failure, not silence. */
  function post(message: EngineMessage, transfer: readonly ArrayBuffer[] = []): void {
    try {
      end.postMessage(message, transfer);
    } catch (error) {
      const id = 'id' in message ? message.id : -1;
      end.postMessage({ type: 'failure', id, message: `the answer can't be sent: ${String(error)}`, cancelled: false });
    }
  }
}

async function handle(
  engine: EngineHandlers,
  method: EngineMethod,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!Object.hasOwn(METHODS, method)) {
    throw new Error(`the engine has no method "${method}"`);
  }
  const handler = engine[method].bind(engine) as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  return handler(params, signal);
}

/** Buffers of the typed arrays directly in an answer: they are made for it, and are handed over rather than copied. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (typeof result !== 'object' || result === null) {
    return [];
  }
  return Object.values(result).flatMap((part: unknown) =>
    ArrayBuffer.isView(part) && part.buffer instanceof ArrayBuffer ? [part.buffer] : [],
  );
}
