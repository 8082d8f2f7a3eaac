import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { GrammarSource } from '../../../src/loops/grammar.js';

const require = createRequire(import.meta.url);

/** The grammars as the packages ship them. */
export const packagedGrammars: GrammarSource = {
  runtime: () => readFile(require.resolve('web-tree-sitter/tree-sitter.wasm')),
  grammar: (name) => readFile(require.resolve(`tree-sitter-${name}/tree-sitter-${name}.wasm`)),
};
