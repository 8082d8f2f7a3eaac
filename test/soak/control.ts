/** What the soak tells the engine's thread besides what the extension does. */
export type Control =
  /** The clock is off by so many milliseconds from now on. */
  { readonly type: 'clock'; readonly offset: number } | { readonly type: 'measure'; readonly id: number };

/** What the thread's own memory comes to after a collection of garbage, in bytes. */
export interface Measured {
  readonly id: number;
  readonly bytes: number;
}
