/** Token ids in and the ids that should come out, row by row: `[batch, context]` each. */
export interface SequenceBatch {
  readonly kind: 'sequences';
  readonly inputs: Int32Array;
  /** What follows each input; −1 where nothing is asked. */
  readonly targets: Int32Array;
}

/** Vectors in, row by row: `[batch, features]`, and the class of each. */
export interface SampleBatch {
  readonly kind: 'samples';
  readonly inputs: Float32Array;
  readonly targets: Int32Array;
}

export type Batch = SequenceBatch | SampleBatch;

/** What a run is trained on: the same for the same settings and seed. */
export interface Data {
  /** Symbols that a token can be; classes of samples. */
  readonly classes: number;
  /** Numbers of one sample; of sequences none are asked. */
  readonly features: number;
  /** The next batch of training. */
  next(): Batch;
  /** What training never sees; clean labels. */
  readonly heldOut: Batch;
  /** A batch of the same shape that means nothing. */
  corrupted(): Batch;
}
