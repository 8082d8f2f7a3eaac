import { textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import { walk } from '../../loops/syntax/syntaxNode.js';

/** The first of the names that the function uses for nothing else; the last with an underscore when it uses them all. */
export function freeName(candidates: readonly string[], owner: PythonFunction, text: string): string {
  const used = new Set(
    [...walk(owner.node)].filter(({ type }) => type === 'identifier').map((node) => textOf(text, node)),
  );
  return candidates.find((name) => !used.has(name)) ?? `${candidates.at(-1) ?? 'value'}_`;
}
