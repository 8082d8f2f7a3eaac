import { createRequire } from 'node:module';
import Module from 'node:module';
import path from 'node:path';
import util from 'node:util';
import type { EngineRequest } from '../protocol.js';
import * as tf from './tensorflow.js';

/** What computes. */
export interface Engine {
  readonly versions: string;
  /** Why it is slower than it could be; null where it is not. */
  readonly hindrance: string | null;
}

/** Brings up the backend that is asked for; throws with a reason that a person understands. */
export async function startEngine(request: EngineRequest): Promise<Engine> {
  const versions = `TensorFlow.js ${tf.version_core}, Node ${process.versions.node}`;
  if (request.backend === 'wasm') {
    const { startWasm } = await import('./wasmBackend.js');
    const { productsBy, refusals } = await startWasm(request.threads);
    const hindrance =
      refusals.length > 0 ? `uses slower kernels of TensorFlow.js for ${refusals.join('; for ')}` : null;
    return { versions: `${versions}, products of matrices by ${productsBy}`, hindrance };
  }
  await startPackage(request.backend, request.folder);
  return { versions, hindrance: null };
}

async function startPackage(backend: Exclude<EngineRequest['backend'], 'wasm'>, folder: string | null): Promise<void> {
  switch (backend) {
    case 'cpu': {
      await import('@tensorflow/tfjs-backend-cpu');
      await use('cpu');
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
  const { value: isUp, warnings } = await withWarnings(() => tf.setBackend(name));
  if (!isUp) {
    const reason = warnings.map((warning) => warning.split('\n')[0]).join(': ');
    throw new Error(reason === '' ? `the backend "${name}" could not be started` : reason);
  }
  await tf.ready();
}

/** What TensorFlow.js warns of meanwhile: why a backend does not start it says nowhere else. */
async function withWarnings<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => warnings.push(words.map(String).join(' '));
  try {
    return { value: await work(), warnings };
  } finally {
    console.warn = warn;
  }
}

/** Loads a package from a folder; whatever it asks of TensorFlow.js itself is this child's copy, gradients and all. */
function requireFrom(folder: string | null, name: string): unknown {
  if (folder === null) {
    throw new Error(`${name} does not ship: install it somewhere and name the folder`);
  }
  const core = forOldClasses(tf);
  const loader = Module as unknown as { _load(request: string, ...more: unknown[]): unknown };
  const load = loader._load.bind(loader);
  loader._load = (request, ...more) => (request === '@tensorflow/tfjs-core' ? core : load(request, ...more));
  // Node 23 took it away; tfjs-node 4.22 asks for it while it loads.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
  return createRequire(path.join(path.resolve(folder), 'package.json'))(name);
}

/**
 * The module with classes that may also be called as functions: the packages were compiled to inherit so
 * (`_super.call(this)`), which a class of today refuses.
 */
function forOldClasses(module: object): object {
  const isClass = (value: unknown): value is new (...given: unknown[]) => object =>
    typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');
  return Object.fromEntries(
    Object.entries(module).map(([name, value]: [string, unknown]) => [
      name,
      isClass(value)
        ? new Proxy(value, {
            apply: (target, self: object, given: unknown[]) =>
              Reflect.construct(target, given, self.constructor) as object,
          })
        : value,
    ]),
  );
}
