import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { GrammarName, GrammarSource } from '../../loops/grammar.js';

/** Where a package keeps what the build copies beside the bundles. */
const PACKAGED: Readonly<Record<string, string>> = {
  'tree-sitter.wasm': 'web-tree-sitter/tree-sitter.wasm',
  'tree-sitter-python.wasm': 'tree-sitter-python/tree-sitter-python.wasm',
  'tree-sitter-javascript.wasm': 'tree-sitter-javascript/tree-sitter-javascript.wasm',
  'tree-sitter-typescript.wasm': 'tree-sitter-typescript/tree-sitter-typescript.wasm',
};

/** Reads the WebAssembly of syntax trees from `grammars/` beside the bundle, else from the installed packages. */
export class GrammarFiles implements GrammarSource {
  private readonly folder: string;

  /** @param bundleFolder where the running bundle lies. */
  constructor(bundleFolder: string) {
    this.folder = path.join(bundleFolder, 'grammars');
  }

  runtime(): Promise<Uint8Array> {
    return this.read('tree-sitter.wasm');
  }

  grammar(name: GrammarName): Promise<Uint8Array> {
    return this.read(`tree-sitter-${name}.wasm`);
  }

  private async read(file: string): Promise<Uint8Array> {
    try {
      return await readFile(path.join(this.folder, file));
    } catch (missing) {
      return readFile(this.packagedFile(file, missing));
    }
  }

  private packagedFile(file: string, missing: unknown): string {
    try {
      return createRequire(path.resolve(this.folder)).resolve(PACKAGED[file] ?? file);
    } catch {
      throw missing;
    }
  }
}
