/**
 * Something in a file that could not be read. Reading goes on where the format allows it.
 * `offset` counts bytes from the start of the file.
 */
export interface Problem {
  readonly offset: number;
  /** What is wrong, and where in the words of the format ("line 12", "record 7"). */
  readonly message: string;
  /** What the user can do about it; omitted when there is nothing to do. */
  readonly remedy?: string;
}

/** A problem together with the file in which it was met. */
export interface FileProblem extends Problem {
  readonly path: string;
}
