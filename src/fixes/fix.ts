import type { FixDescription, FixOutcome } from '../model/fix.js';
import type { SourceLanguage } from '../model/sourceLanguage.js';
import type { SourceAnalysis } from '../loops/sourceAnalysis.js';

/** One source file, or one cell of a notebook, as the editor or the disk holds it now. */
export interface SourceFile {
  readonly path: string;
  readonly language: SourceLanguage;
  readonly text: string;
  /** A line of the loop that is meant; every loop of the file when it is omitted. */
  readonly line?: number;
}

/** Chosen values by the name of the setting; numbers may come as words from a command line. */
export type FixSettings = Readonly<Record<string, number | string>>;

/** What a fix works on: the file, what is known of its loops, and which of them are meant. */
export interface FixTarget {
  readonly path: string;
  readonly analysis: SourceAnalysis;
  readonly line?: number;
}

/** One remedy: what it is, and the edit that makes it. */
export interface Fix {
  readonly description: FixDescription;
  /** Never throws on user input: what can't be done safely is a refusal with its reason. */
  apply(target: FixTarget, settings: FixSettings): FixOutcome;
}
