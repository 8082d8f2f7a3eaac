import { parseTOML, ParseError, type AST } from 'toml-eslint-parser';
import {
  indentBefore,
  lineBreakOf,
  lineEndOf,
  type ParsedSettings,
  type SettingsEntry,
  type SettingsTree,
  type SiblingPlace,
} from './settingsTree.js';

/** Reads TOML with the place of every key and value. What is read stops at the first error. */
export function readToml(text: string): ParsedSettings {
  try {
    return { roots: parseTOML(text).body.map((top) => mappingOf(top, text)), problem: null };
  } catch (error) {
    if (error instanceof ParseError) {
      return { roots: [], problem: { offset: error.index, message: error.message } };
    }
    throw error;
  }
}

type Table = AST.TOMLTopLevelTable | AST.TOMLTable | AST.TOMLInlineTable;

function mappingOf(table: Table, text: string): SettingsTree {
  const [start, end] = table.range;
  const entries = table.body.flatMap((part) =>
    part.type === 'TOMLTable' ? tableEntry(part, text) : pairEntry(part, text),
  );
  return { kind: 'mapping', span: { start, end }, entries };
}

/** `[a.b]` nests like `a: { b: … }`. */
function tableEntry(table: AST.TOMLTable, text: string): SettingsEntry[] {
  const names = table.resolvedKey.map(String);
  const [start, end] = table.key.range;
  return nested(names, { start, end }, mappingOf(table, text), null);
}

function pairEntry({ key, value }: AST.TOMLKeyValue, text: string): SettingsEntry[] {
  const names = key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
  const [start, end] = key.range;
  const sibling = names.length === 1 ? siblingOf(start, value, text) : null;
  return nested(names, { start, end }, treeOf(value, text), sibling);
}

function nested(
  names: readonly string[],
  key: SettingsEntry['key'],
  value: SettingsTree,
  sibling: SiblingPlace | null,
): SettingsEntry[] {
  const [first, ...rest] = names;
  if (first === undefined) {
    return [];
  }
  const inner: SettingsTree =
    rest.length === 0 ? value : { kind: 'mapping', span: value.span, entries: nested(rest, key, value, sibling) };
  return [{ name: first, key, value: inner, sibling: rest.length === 0 ? sibling : null }];
}

function treeOf(node: AST.TOMLContentNode, text: string): SettingsTree {
  const [start, end] = node.range;
  if (node.type === 'TOMLArray') {
    return { kind: 'list', span: { start, end }, items: node.elements.map((element) => treeOf(element, text)) };
  }
  if (node.type === 'TOMLInlineTable') {
    return mappingOf(node, text);
  }
  const quoted = node.kind === 'string';
  const quotes = quoted && node.multiline ? 3 : 1;
  const value = node.kind === 'string' || node.kind === 'boolean' ? node.value : numeric(node);
  return {
    kind: 'scalar',
    span: quoted ? { start: start + quotes, end: end - quotes } : { start, end },
    quoted,
    block: quoted && node.multiline,
    value,
  };
}

function numeric(node: AST.TOMLValue): number | null {
  return node.kind === 'integer' || node.kind === 'float' ? node.value : null;
}

function siblingOf(keyStart: number, value: AST.TOMLContentNode, text: string): SiblingPlace | null {
  const indent = indentBefore(text, keyStart);
  const [start, end] = value.range;
  if (indent === null) {
    return { offset: end, beforeName: ', ', betweenNameAndValue: ' = ' };
  }
  return /[\r\n]/.test(text.slice(start, end))
    ? null
    : { offset: lineEndOf(text, end), beforeName: lineBreakOf(text) + indent, betweenNameAndValue: ' = ' };
}
