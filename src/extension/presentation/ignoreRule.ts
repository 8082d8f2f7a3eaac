/** Text to insert at a place, both counted from 0. */
export interface Insertion {
  readonly line: number;
  readonly character: number;
  readonly text: string;
}

const LIST_OF_RULES = /#\s*evenkeel:\s*ignore\s*\[[^\]]*(?=\])/;
const OWN_COMMENT = /#\s*evenkeel:/;
const TRIPLE_QUOTE = /"""|'''/g;

/**
 * The comment that switches a rule off for one line of Python: behind the line, else above it where nothing may stand
 * behind it. Null where neither would be read as a comment of this line.
 */
export function ignoreRule(lineAt: (line: number) => string, line: number, rule: string): Insertion | null {
  const text = lineAt(line).trimEnd();
  const above = line > 0 ? lineAt(line - 1).trimEnd() : '';
  const list = LIST_OF_RULES.exec(text);
  if (list) {
    return { line, character: list.index + list[0].length, text: `, ${rule}` };
  }
  const opensString = (text.match(TRIPLE_QUOTE)?.length ?? 0) % 2 === 1;
  const comment = `# evenkeel: ignore[${rule}]`;
  if (!opensString && !text.endsWith('\\') && !OWN_COMMENT.test(text)) {
    return { line, character: text.length, text: `  ${comment}` };
  }
  // A comment within a continued line would end it; one below another of its kind would take its meaning.
  if (above.endsWith('\\') || OWN_COMMENT.test(above)) {
    return null;
  }
  const indent = /^\s*/.exec(text)?.[0] ?? '';
  return { line, character: 0, text: `${indent}${comment}\n` };
}
