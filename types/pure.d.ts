/**
 * The few globals that ECMAScript does not define, yet Node, workers and browsers all have, as far as pure layers use
 * them. Everything else of the DOM and of Node stays unknown there.
 */

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class URL {
  constructor(url: string, base?: string | URL);
  readonly href: string;
  readonly protocol: string;
  readonly pathname: string;
  readonly hash: string;
}

declare function structuredClone<Value>(value: Value): Value;

declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  function compile(bytes: ArrayBuffer | ArrayBufferView): Promise<Module>;
}
