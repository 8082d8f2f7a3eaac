/** Grammars that the loop finder can ask for. */
export type GrammarName = 'python' | 'javascript' | 'typescript';

/** The narrow port through which syntax trees get their WebAssembly: bytes in, no file system here. */
export interface GrammarSource {
  /** The tree-sitter runtime itself. */
  runtime(): Promise<Uint8Array>;
  grammar(name: GrammarName): Promise<Uint8Array>;
}
