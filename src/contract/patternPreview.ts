/** Columns of a line, the end exclusive. */
export type ColumnSpan = readonly [from: number, to: number];

/** A line that a pattern of the user's matches. */
export interface PatternLine {
  /** Index among the lines that were sent. */
  readonly line: number;
  /** NaN where the line does not say. */
  readonly step: number;
  readonly pairs: readonly { readonly name: string; readonly value: number }[];
  readonly match: ColumnSpan;
  /** What was taken out of the line. */
  readonly parts: readonly ColumnSpan[];
}

/** What a pattern finds, or why it can't be used. */
export type PatternPreview = { readonly matches: readonly PatternLine[] } | { readonly error: string };
