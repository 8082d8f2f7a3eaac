import type { Position, SourceEdit } from '../../model/sourceEdit.js';

/**
 * The text with edits made in it. They do not overlap, refer to the text before any of them, and edits at the same
 * place come in the order of the list. Positions beyond a line's or the text's end mean that end.
 */
export function applyEdits(text: string, edits: readonly SourceEdit[]): string {
  const starts = lineStarts(text);
  const placed = edits
    .map((edit) => ({
      from: offsetOf(edit.range.start, starts, text),
      to: offsetOf(edit.range.end, starts, text),
      newText: edit.newText,
    }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let result = '';
  let kept = 0;
  for (const { from, to, newText } of placed) {
    result += text.slice(kept, from) + newText;
    kept = Math.max(kept, to);
  }
  return result + text.slice(kept);
}

function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
}

function offsetOf({ line, character }: Position, starts: readonly number[], text: string): number {
  const start = starts[line];
  if (start === undefined) {
    return text.length;
  }
  const next = starts[line + 1] ?? text.length + 1;
  return Math.min(start + character, next - 1);
}
