/**
 * All matches of a global expression. `matchAll` copies the expression with each call, which costs more than searching a
 * short line.
 */
export function matchesOf(expression: RegExp, text: string): readonly RegExpExecArray[] {
  const matches: RegExpExecArray[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    matches.push(match);
  }
  return matches;
}
