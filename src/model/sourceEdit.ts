/** A place in a text as LSP counts: lines and UTF-16 code units from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** One replacement in one file. Edits of one fix do not overlap and all refer to the text before any of them. */
export interface SourceEdit {
  readonly path: string;
  readonly range: Range;
  readonly newText: string;
}
