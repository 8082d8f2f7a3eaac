import type { Metadata as PackageMetadata } from 'h5wasm';

export type Metadata = PackageMetadata;

/** What is used of the module of h5wasm: https://github.com/usnistgov/h5wasm, src/hdf5_util.cc. */
export interface H5Module {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readonly FS: FileSystem;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  activate_throwing_error_handler(): number;
  close_file(file: bigint): number;
  open(path: string, mode: number, trackOrder: boolean, oldest: number, latest: number): bigint;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  /** Null for what is no soft link. */
  get_symbolic_link(file: bigint, path: string): string | null;
  /** Without a name for what is no external link. */
  get_external_link(file: bigint, path: string): { readonly filename?: string };
  /** The address of an object's header, in eight bytes. */
  create_object_reference(file: bigint, path: string): readonly number[];
  get_dataset_metadata(file: bigint, path: string): Metadata;
  get_dataset_filters(file: bigint, path: string): readonly { readonly id: number; readonly name: string }[];
  get_attribute_names(file: bigint, path: string): string[];
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[] | null,
    start: readonly bigint[] | null,
    strides: readonly bigint[] | null,
    target: bigint,
  ): number;
}

/** What is used of Emscripten's file system in memory. */
export interface FileSystem {
  unlink(path: string): void;
  analyzePath(path: string): { readonly exists: boolean };
  createDataFile(folder: string, name: string, data: Uint8Array, read: boolean, write: boolean, own: boolean): void;
  lookupPath(path: string): { readonly node: FileNode };
  readonly ErrnoError: new (code: number) => Error;
}

export interface FileNode {
  readonly id: number;
  readonly mode: number;
  node_ops: Readonly<Record<string, unknown>>;
  stream_ops: Readonly<Record<string, unknown>>;
}

/** What is used of WebAssembly, which Node's types leave out. */
export interface WebAssemblyHost {
  instantiate: Instantiate;
  readonly RuntimeError: new (message?: string) => Error;
}

export type Instantiate = (
  bytes: Uint8Array,
  imports: Readonly<Record<string, Record<string, unknown>>>,
) => Promise<{ readonly instance: WasmInstance }>;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }).WebAssembly;
