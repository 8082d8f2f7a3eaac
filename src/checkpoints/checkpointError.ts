/** Why a file, or a part of it, could not be read as a checkpoint. */
export class CheckpointError extends Error {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** What the user can do about it. */
  readonly remedy: string | undefined;

  constructor(message: string, offset = 0, remedy?: string) {
    super(message);
    this.name = 'CheckpointError';
    this.offset = offset;
    this.remedy = remedy;
  }
}
