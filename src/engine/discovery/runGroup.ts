import type { RunFile } from '../../model/run.js';

/** A file whose format is known. */
export interface RecognisedFile {
  readonly path: string;
  readonly format: string;
  /** How far a checkpoint's copy of the log goes; only for formats of which a run keeps several. */
  readonly furthestStep?: number;
}

/** Files that make one run, before it has a name that no other run has. */
export interface RunGroup {
  /** Stable: the same for the same run whatever other files there are. */
  readonly key: string;
  readonly name: string;
  readonly format: string;
  readonly location: string;
  readonly lanes: readonly (readonly RunFile[])[];
  readonly copies?: readonly string[];
}
