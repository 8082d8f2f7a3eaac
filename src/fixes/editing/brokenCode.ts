import type { SourceLines } from '../../loops/syntax/sourceLines.js';
import { walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/**
 * First line (from 0) of a syntax error in the part of the file that surrounds the node: its outermost function or
 * class, or the statement of the script that holds it. Null when the parser understood all of it.
 */
export function syntaxErrorAround(node: SyntaxNode, { lines }: { readonly lines: SourceLines }): number | null {
  let outermost = node;
  while (outermost.parent?.parent) {
    outermost = outermost.parent;
  }
  const siblings = outermost.parent?.children ?? [outermost];
  const at = siblings.indexOf(outermost);
  // An error swallows what it can't place, so a neighbour may be a piece of this very statement.
  const around = siblings.slice(Math.max(at - 1, 0), at + 2).filter((part) => part === outermost || part.broken);
  for (const part of around) {
    for (const inner of walk(part)) {
      if (inner.broken) {
        return lines.lineAt(inner.start);
      }
    }
  }
  return null;
}

/** How many places of the text the parser could not understand. */
export function countSyntaxErrors(root: SyntaxNode): number {
  let count = 0;
  for (const node of walk(root)) {
    count += node.broken ? 1 : 0;
  }
  return count;
}
