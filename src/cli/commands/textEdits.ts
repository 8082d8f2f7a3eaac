import { diffLines } from 'diff';
import type { SourceEdit } from '../../model/sourceEdit.js';

/** Replacements of whole lines that make one text of the other; positions in the first. */
export function editsBetween(path: string, before: string, after: string): SourceEdit[] {
  const edits: SourceEdit[] = [];
  let line = 0;
  let pending: { start: number; end: number; text: string } | undefined;
  for (const { added, removed, value, count } of diffLines(before, after)) {
    if (!added && !removed) {
      flush();
      line += count;
      continue;
    }
    pending ??= { start: line, end: line, text: '' };
    if (added) {
      pending.text += value;
    } else {
      line += count;
      pending.end = line;
    }
  }
  flush();
  return edits;

  function flush(): void {
    if (pending) {
      const range = { start: { line: pending.start, character: 0 }, end: { line: pending.end, character: 0 } };
      edits.push({ path, range, newText: pending.text });
      pending = undefined;
    }
  }
}
