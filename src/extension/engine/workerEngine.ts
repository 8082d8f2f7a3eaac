import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { Emitter } from '../../base/event.js';
import type { EngineCall, EngineEvent, EngineMessage } from '../../contract/engineProtocol.js';
import type { EnginePort } from './enginePort.js';

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Starts the engine in a worker thread. */
export function openWorkerEngine(extensionUri: vscode.Uri): EnginePort {
  const worker = new Worker(vscode.Uri.joinPath(extensionUri, 'dist', 'engine.js').fsPath);
  const events = new Emitter<EngineEvent>();
  const endings = new Emitter<string>();
  const pending = new Map<number, PendingCall>();
  let lastId = 0;

  const post = (call: EngineCall): void => worker.postMessage(call);
  const end = (reason: string): void => {
    for (const call of pending.values()) {
      call.reject(new Error(reason));
    }
    pending.clear();
    endings.fire(reason);
  };

  worker.on('message', (message: EngineMessage) => {
    if (message.type === 'event') {
      events.fire(message.event);
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if (message.type === 'result') {
      call?.resolve(message.result);
    } else {
      call?.reject(new Error(message.message));
    }
  });
  let failure: string | undefined;
  worker.on('error', (error) => (failure = String(error)));
  worker.on('exit', (code) => end(failure ?? `exit code ${code}`));

  return {
    onEvent: events.event,
    onEnded: endings.event,
    request: (method, params, signal) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
        signal?.addEventListener('abort', () => post({ type: 'cancel', id }), { once: true });
        post({ type: 'request', id, method, params });
      }),
    dispose: () => void worker.terminate(),
  };
}
