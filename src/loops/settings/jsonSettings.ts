import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import {
  indentBefore,
  lineBreakOf,
  type ParsedSettings,
  type SettingsEntry,
  type SettingsTree,
  type SiblingPlace,
} from './settingsTree.js';

/** Reads JSON, comments and trailing commas included, with the place of every key and value. */
export function readJson(text: string): ParsedSettings {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const tree = root && treeOf(root, text);
  const [error] = errors;
  return {
    roots: tree ? [tree] : [],
    problem: error ? { offset: error.offset, message: printParseErrorCode(error.error) } : null,
  };
}

function treeOf(node: Node, text: string): SettingsTree | null {
  const span = { start: node.offset, end: node.offset + node.length };
  switch (node.type) {
    case 'object':
      return { kind: 'mapping', span, entries: (node.children ?? []).flatMap((child) => entryOf(child, text) ?? []) };
    case 'array':
      return { kind: 'list', span, items: (node.children ?? []).flatMap((child) => treeOf(child, text) ?? []) };
    case 'string':
      return {
        kind: 'scalar',
        span: { start: span.start + 1, end: span.end - 1 },
        quoted: true,
        block: false,
        value: String(node.value),
      };
    case 'number':
    case 'boolean':
    case 'null':
      return {
        kind: 'scalar',
        span,
        quoted: false,
        block: false,
        value: node.value as number | boolean | null,
      };
    default:
      return null;
  }
}

function entryOf(property: Node, text: string): SettingsEntry | null {
  const [key, value] = property.children ?? [];
  const tree = value && treeOf(value, text);
  if (!key || !tree) {
    return null;
  }
  return {
    name: String(key.value),
    key: { start: key.offset + 1, end: key.offset + key.length - 1 },
    value: tree,
    sibling: siblingOf(key, value, text),
  };
}

/** Right behind the value: a comma of its own belongs to the new entry then. */
function siblingOf(key: Node, value: Node, text: string): SiblingPlace {
  const indent = indentBefore(text, key.offset);
  const gap = indent === null ? ', ' : `,${lineBreakOf(text)}${indent}`;
  return { offset: value.offset + value.length, beforeName: `${gap}"`, betweenNameAndValue: '": ' };
}
