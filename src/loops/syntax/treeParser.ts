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
    const language = this.languages.get(grammar) as Language;
    this.parser.setLanguage(language);
    const tree = this.parser.parse(text);
    if (!tree) {
      throw new Error('tree-sitter gave no tree: no language set');
    }
    const cursor = tree.walk();
    try {
      return new TreeCopy(cursor, language, tree.rootNode.hasError).copy();
    } finally {
      cursor.delete();
      tree.delete();
    }
  }
}

/**
 * Copies the tree below a cursor. Every question to the cursor crosses into WebAssembly and costs more than the parser
 * itself needs for a node, so as few as possible are asked: names come from tables, by number.
 */
class TreeCopy {
  private readonly cursor: TreeCursor;
  private readonly language: Language;
  /** Without any error in the tree nothing is missing and nothing is broken. */
  private readonly hasError: boolean;
  private readonly named: (boolean | undefined)[] = [];

  constructor(cursor: TreeCursor, language: Language, hasError: boolean) {
    this.cursor = cursor;
    this.language = language;
    this.hasError = hasError;
  }

  /** Without recursion: generated code can nest thousands deep. */
  copy(): SyntaxNode {
    const { cursor } = this;
    const root = this.copyNode(cursor.nodeTypeId, null);
    if (!cursor.gotoFirstChild()) {
      return root;
    }
    let parent = root;
    for (;;) {
      const node = this.copyInto(parent);
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
  private copyInto(parent: MutableNode): MutableNode | null {
    const id = this.cursor.nodeTypeId;
    const named = this.isNamed(id);
    // Only what has no width can be missing; asking every node would cost as much as reading it.
    if (!named && (!this.hasError || this.cursor.startIndex !== this.cursor.endIndex)) {
      return null;
    }
    const node = this.copyNode(id, parent);
    if (named || node.broken) {
      parent.children.push(node);
    }
    return node;
  }

  private isNamed(id: number): boolean {
    // Errors have a number outside of the tables.
    return (this.named[id] ??= id >= this.language.types.length || this.language.nodeTypeIsNamed(id));
  }

  private copyNode(id: number, parent: MutableNode | null): MutableNode {
    const { cursor, language } = this;
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    const type = language.types[id] ?? cursor.nodeType;
    return {
      type,
      field: language.fields[cursor.currentFieldId] ?? null,
      start,
      end,
      parent,
      children: [],
      broken: this.hasError && (type === 'ERROR' || (start === end && cursor.nodeIsMissing)),
    };
  }
}
