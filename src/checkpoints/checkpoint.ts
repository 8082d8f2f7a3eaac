import type { Problem } from '../model/problem.js';
import type { OpaqueObject, PlainValue, TensorDtype, TensorRole } from '../model/tensor.js';
import type { CheckpointFiles } from './checkpointFiles.js';
import type { RandomAccess } from './source.js';
import type { TensorData } from './tensorData.js';

/** A tensor that a file holds: its description, and how its elements are come by. */
export interface CheckpointTensor {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly role: TensorRole;
  readonly parameter?: string;
  readonly bytes: number;
  /** Where the elements lie, or why they cannot be read. */
  readonly data: TensorData | Unreadable;
}

export interface Unreadable {
  readonly unreadable: string;
}

/** A call or a mention in a pickle by which loading it would run what somebody else chose. */
export interface Suspicion {
  /** "posix.system". */
  readonly global: string;
  /** Whether the pickle calls it, or only names it. */
  readonly called: boolean;
  /** In words: with what it would be called. */
  readonly detail: string;
}

/** A checkpoint as it lies in its files: everything but the elements. */
export interface Checkpoint {
  readonly tensors: readonly CheckpointTensor[];
  /** By path: "epoch", "lr_schedulers.0.last_epoch". */
  readonly values: ReadonlyMap<string, PlainValue>;
  readonly opaque: readonly OpaqueObject[];
  readonly suspicions: readonly Suspicion[];
  readonly problems: readonly Problem[];
}

/** One kind of file that tensors are kept in. */
export interface CheckpointFormat {
  readonly id: string;
  /** As people call it. */
  readonly title: string;
  /** Programs whose files were read in tests. */
  readonly savedBy: readonly string[];
  /** Endings of names, for those who look for files. */
  readonly endings: readonly string[];
  /** Whether the beginning of a file (its first {@link HEAD_BYTES}) is of this format. */
  recognise(head: CheckpointHead): boolean;
  /** @param openPart opens a checkpoint that is a part of this one: a shard, an archive within an archive */
  open(files: CheckpointFiles, openPart: OpenPart): Promise<Checkpoint>;
}

export type OpenPart = (files: CheckpointFiles) => Promise<Checkpoint & { readonly format: string }>;

export const HEAD_BYTES = 4096;

export interface CheckpointHead {
  readonly name: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly file: RandomAccess;
  /** Of zip archives: names of their entries. */
  readonly entries?: readonly string[];
}

/** The parts of a checkpoint that most formats have nothing to say about. */
export const NOTHING_ELSE = { values: new Map<string, PlainValue>(), opaque: [], suspicions: [], problems: [] };
