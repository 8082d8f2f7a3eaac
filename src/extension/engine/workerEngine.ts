import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { EngineClient } from '../../engine/client.js';
import type { EnginePort } from './enginePort.js';

/** The engine in a worker thread of its own; the thread starts with the first request. */
export function workerEngine(extensionUri: vscode.Uri): EnginePort {
  const bundle = vscode.Uri.joinPath(extensionUri, 'dist', 'engine.js').fsPath;
  const client = new EngineClient(() => new Worker(bundle));
  return {
    onEvent: client.onEvent,
    request: (method, params, signal) => client.request(method, params, signal ? { signal } : {}),
    dispose: () => client.dispose(),
  };
}
