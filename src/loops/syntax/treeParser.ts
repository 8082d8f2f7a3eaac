import { Language, Parser, type TreeCursor } from 'web-tree-sitter';
import type { GrammarName, GrammarSource } from '../grammar.js';
import type { SyntaxNode } from './syntaxNode.js';

interface MutableNode extends SyntaxNode {
  readonly parent: MutableNode | null;
  readonly children: MutableNode[];
}

const GRAMMARS: readonly GrammarName[] = ['python', 'javascript', 'typescript'];

/** Text → plain syntax nodes. Trees never outlive a call, so no WebAssembly memory is held for them. */
export class TreeParser {
  private readonly parser: Parser;
  private readonly languages: ReadonlyMap<GrammarName, Language>;

  private constructor(parser: Parser, languages: ReadonlyMap<GrammarName, Language>) {
    this.parser = parser;
    this.languages = languages;
  }

  static async create(source: GrammarSource): Promise<TreeParser> {
    // The runtime is handed over as bytes: nothing here may look for a file.
    await Parser.init({ wasmBinary: await source.runtime() });
    const load = async (name: GrammarName) => [name, await Language.load(await source.grammar(name))] as const;
    return new TreeParser(new Parser(), new Map(await Promise.all(GRAMMARS.map(load))));
  }

  /** Never fails on bad syntax: what could not be understood is in nodes marked as broken. */
  parse(text: string, grammar: GrammarName): SyntaxNode {
    this.parser.setLanguage(this.languages.get(grammar) ?? null);
    const tree = this.parser.parse(text);
    if (!tree) {
      throw new Error('tree-sitter gave no tree: no language set');
    }
    const cursor = tree.walk();
    try {
      return copy(cursor);
    } finally {
      cursor.delete();
      tree.delete();
    }
  }
}

/** Copies the tree below the cursor without recursion: generated code can nest thousands deep. */
function copy(cursor: TreeCursor): SyntaxNode {
  const root = copyNode(cursor, null);
  if (!cursor.gotoFirstChild()) {
    return root;
  }
  let parent = root;
  for (;;) {
    const node = copyInto(cursor, parent);
    if (node && cursor.gotoFirstChild()) {
      parent = node;
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!parent.parent) {
        return root;
      }
      cursor.gotoParent();
      parent = parent.parent;
    }
  }
}

/** Punctuation is dropped unless the parser invented it: then it tells of a syntax error. */
function copyInto(cursor: TreeCursor, parent: MutableNode): MutableNode | null {
  const named = cursor.nodeIsNamed;
  // Only what has no width can be missing; asking every node would cost as much as reading it.
  if (!named && cursor.startIndex !== cursor.endIndex) {
    return null;
  }
  const node = copyNode(cursor, parent);
  if (named || node.broken) {
    parent.children.push(node);
  }
  return node;
}

function copyNode(cursor: TreeCursor, parent: MutableNode | null): MutableNode {
  const type = cursor.nodeType;
  const start = cursor.startIndex;
  const end = cursor.endIndex;
  return {
    type,
    field: cursor.currentFieldName,
    start,
    end,
    parent,
    children: [],
    broken: type === 'ERROR' || (start === end && cursor.nodeIsMissing),
  };
}
