import type { Span } from './settingsSource.js';

/** A configuration file as nested data with the place of every key and value, whatever the format. */
export type SettingsTree = SettingsMapping | SettingsList | SettingsScalar;

export interface SettingsMapping {
  readonly kind: 'mapping';
  readonly span: Span;
  readonly entries: readonly SettingsEntry[];
}

export interface SettingsEntry {
  readonly name: string;
  readonly key: Span;
  readonly value: SettingsTree;
  /** Where a sibling may be written behind this entry, and the text around `name` and value; null where none fits. */
  readonly sibling: SiblingPlace | null;
}

export interface SiblingPlace {
  readonly offset: number;
  readonly beforeName: string;
  readonly betweenNameAndValue: string;
}

export interface SettingsList {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: readonly SettingsTree[];
}

export interface SettingsScalar {
  readonly kind: 'scalar';
  /** Of the content, without quotes. */
  readonly span: Span;
  readonly quoted: boolean;
  /** A text of several lines (`|` of YAML), which may hold a script. */
  readonly block: boolean;
  readonly value: number | string | boolean | null;
}

/** A configuration file that was read, or as much of it as could be. */
export interface ParsedSettings {
  /** Several in a YAML stream of documents. */
  readonly roots: readonly SettingsTree[];
  readonly problem: { readonly offset: number; readonly message: string } | null;
}

/** Deepest nesting that is followed. */
const DEEPEST = 32;

/** Every mapping and list at or below a tree with the keys that lead there. */
export function* containersOf(
  tree: SettingsTree,
  path: readonly string[] = [],
): Generator<{ readonly tree: SettingsMapping | SettingsList | SettingsScalar; readonly path: readonly string[] }> {
  yield { tree, path };
  if (path.length >= DEEPEST) {
    return;
  }
  if (tree.kind === 'mapping') {
    for (const { name, value } of tree.entries) {
      yield* containersOf(value, [...path, name]);
    }
  } else if (tree.kind === 'list') {
    for (const [index, item] of tree.items.entries()) {
      yield* containersOf(item, [...path, String(index)]);
    }
  }
}

/** The entry or item that a path of keys leads to. */
export function treeAt(tree: SettingsTree | undefined, path: readonly string[]): SettingsTree | undefined {
  let current = tree;
  for (const name of path) {
    current =
      current?.kind === 'mapping'
        ? current.entries.findLast((entry) => entry.name === name)?.value
        : current?.kind === 'list'
          ? current.items[Number(name)]
          : undefined;
  }
  return current;
}

/** The white space between the start of the line and the offset, or null when something else stands there. */
export function indentBefore(text: string, offset: number): string | null {
  const lineStart = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const before = text.slice(lineStart, offset);
  return /^[ \t]*$/.test(before) ? before : null;
}

/** The line end that the text uses first, LF when it has none. */
export function lineBreakOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** End of the line in which the offset lies, before its line end. */
export function lineEndOf(text: string, offset: number): number {
  const rest = /[\r\n]/.exec(text.slice(offset));
  return rest ? offset + rest.index : text.length;
}
