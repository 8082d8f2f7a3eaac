import { messageOf } from '../../../base/errorMessage.js';
import type { Hdf5Dataset, Hdf5Listing } from '../../../checkpoints/hdf5/library.js';
import type { PlainValue } from '../../../model/tensor.js';
import { webAssembly } from './h5wasmTypes.js';
import type { H5Module, Metadata } from './h5wasmTypes.js';
import { FILE_PATH, presentFile } from './presentedFile.js';
import type { BlockingFile } from './presentedFile.js';
import { writtenSize } from './superblock.js';
import { loadWasmLibrary } from './wasmLibrary.js';
import type { WasmLibrary } from './wasmLibrary.js';

/** What `get_type` gives for objects. */
const GROUP = 0;
const DATASET = 1;

/** Classes of types: H5T_class_t. */
const INTEGER = 0;
const FLOAT = 1;
const TEXT = 3;
const OPAQUE = 5;
const COMPOUND = 6;
const ENUMERATION = 8;
const VARIABLE_LENGTH = 9;
const COMPLEX = 11;

/** Filters that the library has built in: deflate, shuffle, Fletcher's checksum, n-bit, scale-offset. */
const FILTERS = [1, 2, 3, 5, 6];

const MOST_OBJECTS = 100_000;
const DEEPEST_GROUP = 64;
const MOST_PROBLEMS = 100;
const LARGEST_ATTRIBUTE = 4096;
const LONGEST_TEXT = 200;
/** Deflate makes nothing smaller by more than this (RFC 1951: 258 bytes in two bits). */
const BEST_COMPRESSION = 1032;

/** What the library says where it could not read; more than the time of it follows. */
const FAILED_READ = /^file read failed/;

/** The library gave up in the middle of something: nothing that it holds can be trusted any more. */
export class LibraryBroken extends Error {}

/** An HDF5 file that the library reads, in the thread that it is called in. */
export class Hdf5Session {
  readonly #library: WasmLibrary;
  readonly #file: bigint;
  readonly #size: number;
  readonly #writtenSize: number;
  readonly #sizes = new Map<string, number>();

  /** @param size in bytes @param writtenSize how many of them its writer left, more where it is truncated */
  private constructor(library: WasmLibrary, file: bigint, size: number, writtenSize: number) {
    this.#library = library;
    this.#file = file;
    this.#size = size;
    this.#writtenSize = writtenSize;
  }

  /** One at a time in a thread. Fails with what the library says. */
  static async open(file: BlockingFile): Promise<Hdf5Session> {
    const library = await loadWasmLibrary();
    const size = Math.max(file.size, writtenSize(file) ?? 0);
    presentFile(library.module.FS, file, size);
    const id = guarded(library, (module) => module.open(FILE_PATH, 0, false, -1, -1));
    return new Hdf5Session(library, id, file.size, size);
  }

  close(): void {
    this.#call((module) => module.close_file(this.#file));
  }

  /** Everything that hangs on the root by hard links; each object once. */
  list(): Hdf5Listing {
    const datasets: Hdf5Dataset[] = [];
    const attributes = new Map<string, PlainValue>();
    const problems: string[] = [];
    const seen = new Set<number>();
    const pending: { readonly path: string; readonly depth: number }[] = [{ path: '/', depth: 0 }];
    if (this.#isTruncated) {
      tell(`truncated: ${this.#size} of the ${this.#writtenSize} bytes are there, the rest is missing`);
    }
    for (let next = pending.pop(); next && seen.size < MOST_OBJECTS; next = pending.pop()) {
      const { path, depth } = next;
      try {
        const address = this.#address(path);
        if (seen.has(address)) {
          continue;
        }
        seen.add(address);
        const type = path === '/' ? GROUP : this.#call((module) => module.get_type(this.#file, path));
        if (type === DATASET) {
          datasets.push(this.#dataset(path, address));
        } else if (type === GROUP && depth < DEEPEST_GROUP) {
          this.#addAttributes(path, attributes);
          const members = this.#call((module) => module.get_names(this.#file, path, false));
          const paths = members.map((name) => (path === '/' ? `/${name}` : `${path}/${name}`));
          for (const member of paths.reverse()) {
            const elsewhere = this.#linkElsewhere(member);
            if (elsewhere === undefined) {
              pending.push({ path: member, depth: depth + 1 });
            } else if (elsewhere !== '') {
              tell(`${member}: ${elsewhere}`);
            }
          }
        }
      } catch (error) {
        const reason = reasonOf(error);
        tell(`${path}: ${this.#isTruncated && FAILED_READ.test(reason) ? 'it lies behind the cut' : reason}`);
      }
    }
    if (seen.size >= MOST_OBJECTS) {
      tell(`more than ${MOST_OBJECTS} groups and datasets: the others are left out`);
    }
    return { datasets, attributes, problems };

    function tell(problem: string): void {
      if (problems.length < MOST_PROBLEMS) {
        problems.push(problem);
      }
    }
  }

  /** The elements of a block; see `Hdf5Objects.read`. */
  read(path: string, start: readonly number[], count: readonly number[]): Uint8Array<ArrayBuffer> {
    const size = this.#sizes.get(path) ?? 0;
    const bytes = count.reduce((product, one) => product * one, size);
    return this.#call((module) => {
      const pointer = module._malloc(Math.max(1, bytes));
      if (pointer === 0) {
        throw new Error(`its blocks of ${bytes} bytes are larger than what is held in memory`);
      }
      try {
        const [counts, starts, strides] =
          count.length === 0 ? [null, null, null] : [count.map(BigInt), start.map(BigInt), count.map(() => 1n)];
        if (module.get_dataset_data(this.#file, path, counts, starts, strides, BigInt(pointer)) < 0) {
          throw new Error(`its elements could not be read${this.#isTruncated ? ': the file is truncated' : ''}`);
        }
        return module.HEAPU8.slice(pointer, pointer + bytes);
      } finally {
        module._free(pointer);
      }
    });
  }

  get #isTruncated(): boolean {
    return this.#size < this.#writtenSize;
  }

  #dataset(path: string, address: number): Hdf5Dataset {
    const about = this.#call((module) => module.get_dataset_metadata(this.#file, path));
    const { size, chunks } = about;
    this.#sizes.set(path, size);
    const kind = kindOf(about);
    const namedType = kind === 'opaque' ? this.#attribute(path, 'dtype') : undefined;
    const unreadable = this.#whyNot(path, about);
    return {
      path,
      shape: about.shape ?? [0],
      kind,
      size,
      ...(chunks && { chunks }),
      address,
      ...(typeof namedType === 'string' && { namedType }),
      ...(unreadable !== undefined && { unreadable }),
    };
  }

  #whyNot(path: string, { chunks, shape, total_size: count, size, virtual_sources: sources }: Metadata) {
    if (shape === null) {
      return 'it is empty: it has no elements';
    }
    if (sources) {
      return 'its elements lie in other files, which are not followed';
    }
    const filters = chunks ? this.#call((module) => module.get_dataset_filters(this.#file, path)) : [];
    const unknown = filters.find(({ id }) => !FILTERS.includes(id));
    if (unknown) {
      return `compressed by filter ${unknown.id} of HDF5${unknown.name === '' ? '' : ` (${unknown.name})`}, which is not read`;
    }
    const most = this.#size * (filters.length > 0 ? BEST_COMPRESSION : 1);
    return count * size > most
      ? `its shape needs ${count * size} bytes, more than the file holds: truncated, or never written`
      : undefined;
  }

  /** Where a member leads that is no object of the file: in words, or '' when there is nothing to tell. */
  #linkElsewhere(path: string): string | undefined {
    const { filename } = this.#call((module) => module.get_external_link(this.#file, path));
    if (filename !== undefined) {
      return `a link to another file (${filename.slice(0, LONGEST_TEXT)}), which is not followed`;
    }
    return this.#call((module) => module.get_symbolic_link(this.#file, path)) === null ? undefined : '';
  }

  #addAttributes(path: string, attributes: Map<string, PlainValue>): void {
    for (const name of this.#call((module) => module.get_attribute_names(this.#file, path))) {
      const value = this.#attribute(path, name);
      if (value !== undefined) {
        attributes.set([...path.split('/').filter(Boolean), name].join('/'), value);
      }
    }
  }

  /** A number or a short text; undefined when it is none. */
  #attribute(path: string, name: string): PlainValue | undefined {
    const { Attribute } = this.#library;
    try {
      return this.#call(() => {
        const attribute = new Attribute(this.#file, path, name);
        const { shape, size, type } = attribute.metadata;
        if (shape?.length !== 0 || size > LARGEST_ATTRIBUTE || ![INTEGER, FLOAT, TEXT, ENUMERATION].includes(type)) {
          return undefined;
        }
        const value = attribute.json_value;
        const isShort = typeof value !== 'string' || value.length <= LONGEST_TEXT;
        return !Array.isArray(value) && isShort ? value : undefined;
      });
    } catch (error) {
      if (error instanceof LibraryBroken) {
        throw error;
      }
      return undefined;
    }
  }

  #address(path: string): number {
    const reference = this.#call((module) => module.create_object_reference(this.#file, path));
    return Number(new DataView(Uint8Array.from(reference).buffer).getBigUint64(0, true));
  }

  #call<Result>(use: (module: H5Module) => Result): Result {
    return guarded(this.#library, use);
  }
}

/** Calls the library. What it complains of is told in its own words; anything else that is thrown has broken it. */
function guarded<Result>(library: WasmLibrary, use: (module: H5Module) => Result): Result {
  try {
    return library.call(use);
  } catch (error) {
    if (error instanceof webAssembly.RuntimeError || !(error instanceof Error)) {
      throw new LibraryBroken(`the HDF5 library gave up: ${messageOf(error)}`);
    }
    throw error;
  }
}

/** The innermost reason of what the library, or the wrapper around it, complains of. */
export function reasonOf(error: unknown): string {
  if (error instanceof LibraryBroken) {
    throw error;
  }
  const message = messageOf(error);
  const innermost = [...message.matchAll(/^ *#\d+: .*? in \w+\(\): (.*)$/gm)].at(-1)?.[1];
  return (innermost ?? message.split('\n', 1)[0] ?? '').slice(0, LONGEST_TEXT);
}

function kindOf(about: Metadata): Hdf5Dataset['kind'] {
  switch (about.type) {
    case INTEGER:
      return about.signed ? 'integer' : 'unsigned';
    case FLOAT:
      return 'float';
    case TEXT:
      return 'text';
    case VARIABLE_LENGTH:
      return 'other';
    case OPAQUE:
      return 'opaque';
    case COMPLEX:
      return 'complex';
    case COMPOUND:
      return isComplex(about) ? 'complex' : 'other';
    case ENUMERATION:
      return isBoolean(about) ? 'boolean' : 'other';
    default:
      return 'other';
  }
}

/** h5py keeps complex numbers as pairs of `r` and `i`. */
function isComplex({ compound_type: compound, size }: Metadata): boolean {
  const [real, imaginary] = compound?.members ?? [];
  return (
    compound?.nmembers === 2 &&
    real?.name === 'r' &&
    imaginary?.name === 'i' &&
    [real, imaginary].every((part) => part.type === FLOAT && part.size === size / 2)
  );
}

/** h5py keeps booleans as an enumeration of two. */
function isBoolean({ enum_type: names, size }: Metadata): boolean {
  return size === 1 && names?.members['FALSE'] === 0 && names.members['TRUE'] === 1;
}
