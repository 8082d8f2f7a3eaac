/** What comes next in a file that may be growing. */
export type TailRead =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Nothing more for now. */
  | { readonly kind: 'end' }
  /** What was read before is not what the file holds now: truncated, rewritten or replaced by another. */
  | { readonly kind: 'replaced' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string };

/** Reads a file from its beginning and on as it grows. */
export interface Tail {
  /** The next bytes; never rejects. */
  next(): Promise<TailRead>;
  /** Releases what is held open. */
  close(): void;
}
