import { Parser, type Tree } from 'web-tree-sitter';

/**
 * What tree-sitter's WebAssembly exports for cursors. All of them work on the one cursor that stands in the transfer
 * buffer; the cursor of the JavaScript binding writes itself there and reads itself back at every single question, which
 * costs several times what the question does.
 */
export interface CursorExports {
  _ts_tree_root_node_wasm(tree: number): void;
  _ts_tree_cursor_new_wasm(tree: number): void;
  _ts_tree_cursor_delete_wasm(tree: number): void;
  _ts_tree_cursor_goto_first_child_wasm(tree: number): number;
  _ts_tree_cursor_goto_next_sibling_wasm(tree: number): number;
  _ts_tree_cursor_goto_parent_wasm(tree: number): number;
  _ts_tree_cursor_current_node_type_id_wasm(tree: number): number;
  _ts_tree_cursor_current_field_id_wasm(tree: number): number;
  _ts_tree_cursor_current_node_is_missing_wasm(tree: number): number;
  _ts_tree_cursor_start_index_wasm(tree: number): number;
  _ts_tree_cursor_end_index_wasm(tree: number): number;
}

/** The binding loads its WebAssembly once for a process, whoever asks; this is what it was loaded into. */
let loaded: Promise<CursorExports> | undefined;

/** Loads tree-sitter from the bytes of its runtime, unless it is loaded already. */
export async function loadRuntime(wasmBinary: () => Promise<Uint8Array>): Promise<CursorExports> {
  loaded ??= initialise(wasmBinary).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function initialise(wasmBinary: () => Promise<Uint8Array>): Promise<CursorExports> {
  // The runtime is handed over as bytes: nothing here may look for a file. The exports are put into the same object.
  const runtime = { wasmBinary: await wasmBinary() };
  await Parser.init(runtime);
  return runtime as unknown as CursorExports;
}

/**
 * Walks over a tree without a crossing more than needed. While one walk is under way nothing else may be asked of
 * tree-sitter: they share the transfer buffer.
 */
export class TreeWalk {
  private readonly exports: CursorExports;
  private readonly tree: number;

  constructor(exports: CursorExports, tree: Tree) {
    this.exports = exports;
    // The address of the tree, which the binding keeps under this key.
    this.tree = (tree as unknown as { readonly 0: number })[0];
    exports._ts_tree_root_node_wasm(this.tree);
    exports._ts_tree_cursor_new_wasm(this.tree);
  }

  get typeId(): number {
    return this.exports._ts_tree_cursor_current_node_type_id_wasm(this.tree);
  }

  get fieldId(): number {
    return this.exports._ts_tree_cursor_current_field_id_wasm(this.tree);
  }

  get start(): number {
    return this.exports._ts_tree_cursor_start_index_wasm(this.tree);
  }

  get end(): number {
    return this.exports._ts_tree_cursor_end_index_wasm(this.tree);
  }

  get isMissing(): boolean {
    return this.exports._ts_tree_cursor_current_node_is_missing_wasm(this.tree) !== 0;
  }

  toFirstChild(): boolean {
    return this.exports._ts_tree_cursor_goto_first_child_wasm(this.tree) !== 0;
  }

  toNextSibling(): boolean {
    return this.exports._ts_tree_cursor_goto_next_sibling_wasm(this.tree) !== 0;
  }

  toParent(): void {
    this.exports._ts_tree_cursor_goto_parent_wasm(this.tree);
  }

  finish(): void {
    this.exports._ts_tree_cursor_delete_wasm(this.tree);
  }
}
