import type { SourceEdit } from '../../model/sourceEdit.js';
import { SourceLines } from '../../loops/syntax/sourceLines.js';

/** The text with the edits of one file made. Edits must not overlap; all refer to the text before any of them. */
export function applyEdits(text: string, edits: readonly SourceEdit[]): string {
  const lines = new SourceLines(text);
  const changes = edits
    .map(({ range, newText }) => ({ start: lines.offsetAt(range.start), end: lines.offsetAt(range.end), newText }))
    .sort((one, other) => one.start - other.start);
  let result = '';
  let at = 0;
  for (const { start, end, newText } of changes) {
    result += text.slice(at, start) + newText;
    at = end;
  }
  return result + text.slice(at);
}
