import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from './editList.js';

/** Adds a keyword argument behind the last one, laid out as the call is. */
export function addKeyword(call: LocatedCall, code: string, { lines }: PythonAnalysis, edits: EditList): void {
  const list = childOf(call.node, 'arguments');
  const last = list?.children.findLast(({ type }) => type !== 'comment');
  if (!list) {
    return;
  }
  if (!last) {
    edits.insert(list.start + 1, code);
    return;
  }
  const behind = lines.text.slice(last.end, list.end);
  const comma = commaAt(behind);
  const lastLine = lines.lineAt(last.end);
  const ownLine = lines.lineAt(last.start) > lines.lineAt(list.start) && lines.lineAt(list.end) > lastLine;
  if (!ownLine) {
    edits.insert(comma === null ? last.end : last.end + comma + 1, comma === null ? `, ${code}` : ` ${code}`);
    return;
  }
  if (comma === null) {
    edits.insert(last.end, ',');
  }
  // Behind a comment on the last argument's line, which stays with that argument.
  const indentation = lines.indentation(lines.lineAt(last.start));
  const lineBreak = lines.lineBreak(lines.lineAt(last.start));
  const end = Math.max(lines.lineEnd(lastLine), comma === null ? 0 : last.end + comma + 1);
  const text = `${lineBreak}${indentation}${code}${comma === null ? '' : ','}`;
  edits.insert(end, text);
}

/** Offset of a trailing comma, looked for outside of comments. */
function commaAt(behind: string): number | null {
  let inComment = false;
  for (let index = 0; index < behind.length; index += 1) {
    const character = behind.charAt(index);
    if (character === '\n') {
      inComment = false;
    } else if (character === '#') {
      inComment = true;
    } else if (character === ',' && !inComment) {
      return index;
    }
  }
  return null;
}
