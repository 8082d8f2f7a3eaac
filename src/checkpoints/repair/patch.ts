/** A stretch of a copy that gets other bytes. They are valid until the next patch is asked for. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Makes a copy of a file into another one, piece by piece; what is to be said of it comes at the end. */
export type Patches = AsyncGenerator<Patch, RepairSummary>;

/** Makes a new file from its beginning to its end. */
export type Bytes = AsyncGenerator<Uint8Array, RepairSummary>;

/** What a repair did, for people. */
export interface RepairSummary {
  /** Names of the tensors, or paths of the values, that are other than before, or that were written. */
  readonly changed: readonly string[];
  readonly notes: readonly string[];
}
