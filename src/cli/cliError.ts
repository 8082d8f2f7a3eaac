export const EXIT = {
  /** Done, and no finding at or above the asked severity. */
  done: 0,
  /** Findings at or above the asked severity, or a fix that was refused. */
  findings: 1,
  /** Bad usage, or nothing could be read. */
  unusable: 2,
  interrupted: 130,
} as const;

/** Ends the command with one line on stderr: file, place, what is wrong, what to do. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.unusable) {
    super(message);
    this.exitCode = exitCode;
  }
}
