import { createRequire } from 'node:module';
import Module from 'node:module';
import path from 'node:path';
import util from 'node:util';
import type { EngineRequest } from '../protocol.js';
import * as tf from './tensorflow.js';

/** Brings up the backend that is asked for; throws with a reason that a person understands. */
export async function startEngine({ backend, folder, threads }: EngineRequest): Promise<void> {
  switch (backend) {
    case 'cpu': {
      await import('@tensorflow/tfjs-backend-cpu');
      await use('cpu');
      return;
    }
    case 'wasm': {
      const { startWasm } = await import('./wasmBackend.js');
      await startWasm(threads);
      return;
    }
    case 'node':
    case 'node-gpu':
      requireFrom(folder, backend === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu');
      await use('tensorflow');
      return;
    case 'webgpu': {
      const { create, globals } = requireFrom(folder, 'webgpu') as {
        readonly create: (flags: readonly string[]) => object;
        readonly globals: object;
      };
      Object.assign(globalThis, globals);
      Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
      requireFrom(folder, '@tensorflow/tfjs-backend-webgpu');
      await use('webgpu');
    }
  }
}

async function use(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new Error(`the backend "${name}" could not be started`);
  }
  await tf.ready();
}

/** Loads a package from a folder; whatever it asks of TensorFlow.js itself is this child's copy, gradients and all. */
function requireFrom(folder: string | null, name: string): unknown {
  if (folder === null) {
    throw new Error(`${name} does not ship: install it somewhere and name the folder`);
  }
  const loader = Module as unknown as { _load(request: string, ...more: unknown[]): unknown };
  const load = loader._load.bind(loader);
  loader._load = (request, ...more) => (request === '@tensorflow/tfjs-core' ? tf : load(request, ...more));
  // Node 23 took it away; tfjs-node 4.22 asks for it while it loads.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
  return createRequire(path.join(path.resolve(folder), 'package.json'))(name);
}
