import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from './editList.js';

/** Adds a keyword argument behind the last one, laid out as the call is. */
export function addKeyword(call: LocatedCall, code: string, analysis: PythonAnalysis, edits: EditList): void {
  addKeywords(call, [code], analysis, edits);
}

/** Adds several; two additions to one call must come together, or the comma between them would be missing. */
export function addKeywords(
  call: LocatedCall,
  codes: readonly string[],
  { lines }: PythonAnalysis,
  edits: EditList,
): void {
  const code = codes.join(', ');
  const list = childOf(call.node, 'arguments');
  const last = list?.children.findLast(({ type }) => type !== 'comment');
  if (!list || codes.length === 0) {
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
  const text = codes.map((each) => lineBreak + indentation + each).join(',');
  edits.insert(end, comma === null ? text : `${text},`);
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
