import { isMap, isScalar, isSeq, parseAllDocuments, type Node, type Pair } from 'yaml';
import {
  indentBefore,
  lineBreakOf,
  lineEndOf,
  type ParsedSettings,
  type SettingsEntry,
  type SettingsScalar,
  type SettingsTree,
  type SiblingPlace,
} from './settingsTree.js';

/** Reads YAML with the place of every key and value. Tags are not resolved and nothing is run; aliases are left out. */
export function readYaml(text: string): ParsedSettings {
  const documents = parseAllDocuments(text, {
    prettyErrors: false,
    logLevel: 'silent',
    // What Python reads; the file is not changed by it.
    version: '1.1',
    uniqueKeys: false,
  });
  const list = Array.isArray(documents) ? documents : [];
  const [error] = list.flatMap(({ errors }) => errors);
  return {
    roots: list.flatMap(({ contents }) => treeOf(contents, text) ?? []),
    problem: error ? { offset: error.pos[0], message: error.message } : null,
  };
}

function treeOf(node: Node | null | undefined, text: string): SettingsTree | null {
  if (!node?.range) {
    return null;
  }
  const [start, end] = node.range;
  if (isMap(node)) {
    const isFlow = node.flow === true;
    const entries = node.items.flatMap((pair) => entryOf(pair as Pair<Node, Node | null>, text, isFlow) ?? []);
    return { kind: 'mapping', span: { start, end }, entries };
  }
  if (isSeq(node)) {
    return {
      kind: 'list',
      span: { start, end },
      items: node.items.flatMap((item) => treeOf(item as Node, text) ?? []),
    };
  }
  return isScalar(node) ? scalarOf(node, start, end) : null;
}

function entryOf({ key, value }: Pair<Node, Node | null>, text: string, isFlow: boolean): SettingsEntry | null {
  const tree = treeOf(value, text);
  if (!isScalar(key) || !key.range || !tree) {
    return null;
  }
  const [start, end] = key.range;
  return { name: String(key.value), key: { start, end }, value: tree, sibling: siblingOf(start, tree, text, isFlow) };
}

/** Behind a value of one line, before the next line; what the line says behind the value stays with it. */
function siblingOf(keyStart: number, value: SettingsTree, text: string, isFlow: boolean): SiblingPlace | null {
  if (value.kind !== 'scalar' || value.block) {
    return null;
  }
  const end = value.span.end + (value.quoted ? 1 : 0);
  if (isFlow) {
    return { offset: end, beforeName: ', ', betweenNameAndValue: ': ' };
  }
  const indent = indentBefore(text, keyStart);
  const isOneLine = !/[\r\n]/.test(text.slice(keyStart, end));
  return indent !== null && isOneLine
    ? { offset: lineEndOf(text, end), beforeName: lineBreakOf(text) + indent, betweenNameAndValue: ': ' }
    : null;
}

function scalarOf(node: Node, start: number, end: number): SettingsScalar | null {
  if (!isScalar(node)) {
    return null;
  }
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const span = quoted ? { start: start + 1, end: end - 1 } : { start, end };
  return { kind: 'scalar', span, quoted, block, value: plainValue(node.value, quoted) };
}

/** PyYAML takes 1e-4 for a word, and so does YAML 1.1; programs turn it into the number that it is. */
function plainValue(value: unknown, quoted: boolean): SettingsScalar['value'] {
  if (typeof value === 'string') {
    return !quoted && /^[-+]?[\d.]+e[-+]?\d+$/i.test(value) ? Number(value) : value;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
