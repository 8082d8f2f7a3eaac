import { javaScriptNumber, memberName } from '../../loops/javascript/javaScriptModule.js';
import type { JavaScriptAnalysis } from '../../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { NumberSource } from '../editing/numberSource.js';

/** The literal of a number in JavaScript: written at once, or assigned to a name once and never changed. */
export function scriptNumber(node: SyntaxNode | null, { module }: JavaScriptAnalysis): NumberSource | null {
  const value = javaScriptNumber(module.text, node);
  if (!node || value !== null) {
    return node && value !== null ? { node, value, option: false } : null;
  }
  const name = memberName(module.text, node);
  const assigned = name === null ? [] : module.assignments.filter(({ target }) => target === name);
  const [only] = assigned;
  const number = only && javaScriptNumber(module.text, only.value);
  const bare = (name ?? '').replaceAll(/[.$]/g, '\\$&');
  const changes = new RegExp(`(^|[^.\\w$])${bare}\\s*([*/+-]=|\\+\\+|--)`).test(module.text);
  return only && assigned.length === 1 && typeof number === 'number' && !changes
    ? { node: only.value, value: number, option: false }
    : null;
}
