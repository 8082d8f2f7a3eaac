import type { Attribute } from 'h5wasm';
import { webAssembly } from './h5wasmTypes.js';
import type { H5Module, WasmInstance } from './h5wasmTypes.js';

/** Bytes that the library may take: chunks and the blocks read from them, not whole files. */
const LARGEST_HEAP = 512 * 1024 * 1024;

/** The library, loaded, and what a call that failed has to be followed by. */
export interface WasmLibrary {
  readonly module: H5Module;
  readonly Attribute: typeof Attribute;
  /** Calls the library. An exception leaves its stack as it was where it was thrown: it is set back here. */
  call<Result>(use: (module: H5Module) => Result): Result;
}

let loaded: Promise<WasmLibrary> | undefined;

/** Loads h5wasm, once in a thread, with a limit on its memory and without devices in its file system. */
export function loadWasmLibrary(): Promise<WasmLibrary> {
  return (loaded ??= load());
}

async function load(): Promise<WasmLibrary> {
  const instantiated = interceptInstance();
  const { Attribute, ready } = await import('h5wasm');
  const module = (await ready) as unknown as H5Module;
  const stackPointer = (await instantiated).exports['__stack_pointer'] as { value: number };
  module.activate_throwing_error_handler();
  for (const device of ['random', 'urandom', 'tty', 'tty1', 'stdin']) {
    module.FS.unlink(`/dev/${device}`);
  }
  return {
    module,
    Attribute,
    call: (use) => {
      const stack = stackPointer.value;
      try {
        return use(module);
      } catch (error) {
        stackPointer.value = stack;
        throw error;
      }
    },
  };
}

/** The package starts its module while it is imported, and hands on no settings: it is met where it is instantiated. */
function interceptInstance(): Promise<WasmInstance> {
  const original = webAssembly.instantiate;
  return new Promise((resolve) => {
    webAssembly.instantiate = async (bytes, imports) => {
      webAssembly.instantiate = original;
      const environment = imports['env'] as Record<string, (size: number) => unknown>;
      const resize = environment['emscripten_resize_heap'];
      environment['emscripten_resize_heap'] = (size) => (size >>> 0 > LARGEST_HEAP ? 0 : resize?.(size));
      const source = await original(bytes, imports);
      resolve(source.instance);
      return source;
    };
  });
}
