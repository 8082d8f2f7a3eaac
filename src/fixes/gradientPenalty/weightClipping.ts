import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { readCall, textOf } from '../../loops/python/expressions.js';
import { childOf, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from '../editing/editList.js';

const LOOPS = new Set(['for_statement', 'list_comprehension']);

/**
 * Takes away `for p in critic.parameters(): p.data.clamp_(-c, c)`, with the comment above that speaks of it.
 *
 * @returns lines, from zero, of clipping that does more than that and is left where it is
 */
export function removeWeightClipping(critic: string, analysis: PythonAnalysis, edits: EditList): readonly number[] {
  const { module, lines } = analysis;
  const kept: number[] = [];
  for (const { name, node } of module.calls) {
    const loop = enclosing(node, LOOPS);
    if (!loop || !/^cl(?:amp|ip)_?$/.test(name) || !loopsOver(loop, critic, module.text)) {
      continue;
    }
    const statement = removable(loop, module.text);
    if (statement) {
      removeLines(statement, analysis, edits);
    } else {
      kept.push(lines.lineAt(node.start));
    }
  }
  return kept;
}

function loopsOver(loop: SyntaxNode, critic: string, text: string): boolean {
  const clause = loop.type === 'for_statement' ? loop : loop.children.find(({ type }) => type === 'for_in_clause');
  const over = clause && childOf(clause, 'right');
  const call = over && readCall(text, over);
  return call?.name === 'parameters' && call.receiver !== null && textOf(text, call.receiver) === critic;
}

/** The statement that does nothing but clip: the loop, or the `with` around it. */
function removable(loop: SyntaxNode, text: string): SyntaxNode | null {
  const body = childOf(loop, 'body');
  const only = loop.type === 'list_comprehension' || statementsOf(body).length === 1;
  let statement = loop.type === 'list_comprehension' ? (loop.parent ?? loop) : loop;
  if (!only || (statement.type !== 'expression_statement' && statement.type !== 'for_statement')) {
    return null;
  }
  for (;;) {
    const block: SyntaxNode | null = statement.parent;
    if (block?.type !== 'block' || statementsOf(block).length > 1) {
      return statement;
    }
    const around: SyntaxNode | null = block.parent;
    if (around?.type !== 'with_statement' || !/no_grad/.test(text.slice(around.start, block.start))) {
      return null;
    }
    statement = around;
  }
}

function statementsOf(block: SyntaxNode | undefined): readonly SyntaxNode[] {
  return (block?.children ?? []).filter(({ type }) => type !== 'comment');
}

function removeLines(statement: SyntaxNode, { lines, module }: PythonAnalysis, edits: EditList): void {
  const isBlank = (line: number) =>
    line >= 0 && lines.text.slice(lines.lineStart(line), lines.lineEnd(line)).trim() === '';
  let first = lines.lineAt(statement.start);
  const last = Math.max(...[...walk(statement)].map(({ end }) => lines.lineAt(Math.max(end - 1, statement.start))));
  const speaks = (line: number) =>
    module.comments.some(
      ({ start, end }) =>
        lines.lineAt(start) === line &&
        lines.text.slice(lines.lineStart(line), start).trim() === '' &&
        /clip|clamp|lipschitz/i.test(lines.text.slice(start, end)),
    );
  while (first > 0 && speaks(first - 1)) {
    first -= 1;
  }
  // One blank line is enough where there was one on either side.
  const between = isBlank(first - 1) && isBlank(last + 1);
  const end = lines.lineEnd(last) + lines.lineBreak(last).length;
  edits.remove(lines.lineStart(between ? first - 1 : first), Math.min(end, lines.text.length));
}
