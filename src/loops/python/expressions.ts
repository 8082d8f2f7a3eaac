import type { Call } from '../loopPlaces.js';
import { childOf, type SyntaxNode } from '../syntax/syntaxNode.js';

export type { Call } from '../loopPlaces.js';

export function textOf(text: string, node: SyntaxNode): string {
  return text.slice(node.start, node.end);
}

/**
 * The name of a variable, attribute or constant subscript as written ("self.optimizers[0]");
 * null for anything that has to be computed.
 */
export function dottedName(text: string, node: SyntaxNode): string | null {
  switch (node.type) {
    case 'identifier':
      return textOf(text, node);
    case 'attribute': {
      const object = childOf(node, 'object');
      const attribute = childOf(node, 'attribute');
      const before = object && dottedName(text, object);
      return before && attribute ? `${before}.${textOf(text, attribute)}` : null;
    }
    case 'subscript': {
      const value = childOf(node, 'value');
      const before = value && dottedName(text, value);
      return before ? before + text.slice(value.end, node.end).replaceAll(/\s/g, '') : null;
    }
    case 'parenthesized_expression': {
      const [inner] = node.children;
      return inner && node.children.length === 1 ? dottedName(text, inner) : null;
    }
    default:
      return null;
  }
}

export function lastPart(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1);
}

/** Calls that were taken apart before: names are followed to the same constructions again and again. */
const read = new WeakMap<SyntaxNode, Call | null>();

/** The call that the node is, taken apart; null for every other node. */
export function readCall(text: string, node: SyntaxNode): Call | null {
  if (node.type !== 'call') {
    return null;
  }
  const known = read.get(node);
  const call = known === undefined ? takeApart(text, node) : known;
  read.set(node, call);
  return call;
}

function takeApart(text: string, node: SyntaxNode): Call | null {
  const target = childOf(node, 'function');
  const list = childOf(node, 'arguments');
  if (!target || !list) {
    return null;
  }
  const callee = dottedName(text, target);
  const attribute = target.type === 'attribute' ? childOf(target, 'attribute') : undefined;
  const name = attribute ? textOf(text, attribute) : lastPart(callee ?? '');
  const receiver = (target.type === 'attribute' && childOf(target, 'object')) || null;
  return { node, callee, name, receiver, ...readArguments(text, list) };
}

function readArguments(text: string, list: SyntaxNode): Pick<Call, 'positional' | 'keywords' | 'spread'> {
  const positional: SyntaxNode[] = [];
  const keywords = new Map<string, SyntaxNode>();
  let spread = false;
  // A generator expression as the only argument takes the place of the argument list.
  for (const child of list.type === 'argument_list' ? list.children : [list]) {
    if (child.type === 'keyword_argument') {
      const name = childOf(child, 'name');
      const value = childOf(child, 'value');
      if (name && value) {
        keywords.set(textOf(text, name), value);
      }
    } else if (child.type === 'list_splat' || child.type === 'dictionary_splat') {
      spread = true;
    } else if (child.type !== 'comment') {
      positional.push(child);
    }
  }
  return { positional, keywords, spread };
}

/** Value of a number literal ("1e-3", "-1", "10_000"), or null. */
export function numberValue(text: string, node: SyntaxNode | undefined): number | null {
  if (!node || !['integer', 'float', 'unary_operator'].includes(node.type)) {
    return null;
  }
  const value = Number(textOf(text, node).replaceAll('_', '').replaceAll(' ', ''));
  return Number.isNaN(value) ? null : value;
}

/** Content of a plain string literal, or null. */
export function stringValue(text: string, node: SyntaxNode | undefined): string | null {
  if (node?.type !== 'string' || node.children.some((child) => child.type === 'interpolation')) {
    return null;
  }
  const content = node.children.find((child) => child.type === 'string_content');
  return content ? textOf(text, content) : '';
}

/** Words of a name: "optimizerD_A" → optimizer, d, a. Case is dropped, digits are left out. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
