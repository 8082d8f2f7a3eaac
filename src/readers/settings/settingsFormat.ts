import type { RunConfiguration, RunEnding } from '../../model/run.js';

/** What a file of settings says about the run that it belongs to. */
export interface Settings {
  /** One level of `/`-joined keys. */
  readonly values: RunConfiguration;
  /** What the run's tracker calls it. */
  readonly runName?: string;
  /** How the run's tracker says that it ended. */
  readonly outcome?: RunEnding;
  /** Why some of the file, or all of it, was not taken. */
  readonly problem?: string;
}

/** Where a file of settings lies, as its path alone tells. */
export interface SettingsPlace {
  /** The folder whose runs it is about. */
  readonly folder: string;
  /**
   * `inside`: every run in the folder and below it, because the folder is one job's.
   * `beside`: the runs whose files lie there, since folders below may be other runs.
   */
  readonly reach: 'inside' | 'beside';
}

/** A kind of file that holds settings of a run and no log. One file in this folder, listed in `settingsFormats.ts`. */
export interface SettingsFormat {
  readonly id: string;
  /** Which programs write it, for people. */
  readonly savedBy: string;
  /** @param path absolute. Undefined: not such a file. */
  place(path: string): SettingsPlace | undefined;
  /** Whether the file may hold {@link Settings.runName}; false where it is not defined. */
  namesRun?(path: string): boolean;
  /** What can't be read becomes {@link Settings.problem}. */
  read(path: string, text: string): Settings;
}

/** Larger files are no settings that a person wrote or would read, in bytes. */
export const MAXIMUM_SETTINGS_BYTES = 256 * 1024;
