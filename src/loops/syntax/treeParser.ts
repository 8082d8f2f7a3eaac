import { Language, Parser } from 'web-tree-sitter';
import type { GrammarName, GrammarSource } from '../grammar.js';
import type { SyntaxNode } from './syntaxNode.js';
import { loadRuntime, TreeWalk, type CursorExports } from './treeWalk.js';

interface MutableNode extends SyntaxNode {
  readonly parent: MutableNode | null;
  children: readonly MutableNode[];
}

const GRAMMARS: readonly GrammarName[] = ['python', 'javascript', 'typescript'];

/** Shared by all nodes without children, which are most. */
const NONE: readonly MutableNode[] = [];

/** Text → plain syntax nodes. Trees never outlive a call, so no WebAssembly memory is held for them. */
export class TreeParser {
  private readonly parser: Parser;
  private readonly runtime: CursorExports;
  private readonly languages: ReadonlyMap<GrammarName, Language>;

  private constructor(parser: Parser, runtime: CursorExports, languages: ReadonlyMap<GrammarName, Language>) {
    this.parser = parser;
    this.runtime = runtime;
    this.languages = languages;
  }

  static async create(source: GrammarSource): Promise<TreeParser> {
    const runtime = await loadRuntime(() => source.runtime());
    const load = async (name: GrammarName) => [name, await Language.load(await source.grammar(name))] as const;
    return new TreeParser(new Parser(), runtime, new Map(await Promise.all(GRAMMARS.map(load))));
  }

  /** Never fails on bad syntax: what could not be understood is in nodes marked as broken. */
  parse(text: string, grammar: GrammarName): SyntaxNode {
    const language = this.languages.get(grammar) as Language;
    this.parser.setLanguage(language);
    const tree = this.parser.parse(text);
    if (!tree) {
      throw new Error('tree-sitter gave no tree: no language set');
    }
    try {
      const { hasError } = tree.rootNode;
      const walk = new TreeWalk(this.runtime, tree);
      try {
        return new TreeCopy(walk, language, hasError).copy();
      } finally {
        walk.finish();
      }
    } finally {
      tree.delete();
    }
  }
}

/** Names of node types and fields by number, and which of the types are named; worked out once for a grammar. */
interface Tables {
  readonly types: readonly string[];
  readonly fields: readonly (string | null)[];
  readonly named: readonly boolean[];
}

const tables = new WeakMap<Language, Tables>();

function tablesOf(language: Language): Tables {
  const known = tables.get(language);
  if (known) {
    return known;
  }
  const made: Tables = {
    types: [...language.types],
    fields: [...language.fields],
    named: language.types.map((_type, id) => language.nodeTypeIsNamed(id)),
  };
  tables.set(language, made);
  return made;
}

/** Copies the tree under a walk. Every question crosses into WebAssembly, so as few as possible are asked. */
class TreeCopy {
  private readonly walk: TreeWalk;
  private readonly tables: Tables;
  /** Without any error in the tree nothing is missing and nothing is broken. */
  private readonly hasError: boolean;

  constructor(walk: TreeWalk, language: Language, hasError: boolean) {
    this.walk = walk;
    this.tables = tablesOf(language);
    this.hasError = hasError;
  }

  /** Without recursion: generated code can nest thousands deep. */
  copy(): SyntaxNode {
    const { walk } = this;
    const root = this.copyNode(walk.typeId, null);
    if (!walk.toFirstChild()) {
      return root;
    }
    let parent = root;
    let siblings: MutableNode[] = [];
    const above: MutableNode[][] = [];
    for (;;) {
      const node = this.copyInto(parent, siblings);
      if (node && walk.toFirstChild()) {
        parent = node;
        above.push(siblings);
        siblings = [];
        continue;
      }
      while (!walk.toNextSibling()) {
        parent.children = siblings.length === 0 ? NONE : siblings;
        const outer = above.pop();
        if (!parent.parent || !outer) {
          return root;
        }
        walk.toParent();
        parent = parent.parent;
        siblings = outer;
      }
    }
  }

  /** Punctuation is dropped unless the parser invented it: then it tells of a syntax error. */
  private copyInto(parent: MutableNode, siblings: MutableNode[]): MutableNode | null {
    const { walk, hasError } = this;
    const id = walk.typeId;
    // Errors have a number outside of the tables.
    const named = this.tables.named[id] ?? true;
    // Only what has no width can be missing; asking every node would cost as much as reading it.
    if (!named && (!hasError || walk.start !== walk.end)) {
      return null;
    }
    const node = this.copyNode(id, parent);
    if (named || node.broken) {
      siblings.push(node);
    }
    return node;
  }

  private copyNode(id: number, parent: MutableNode | null): MutableNode {
    const { walk, tables, hasError } = this;
    const start = walk.start;
    const end = walk.end;
    const type = tables.types[id] ?? 'ERROR';
    return {
      type,
      field: tables.fields[walk.fieldId] ?? null,
      start,
      end,
      parent,
      children: NONE,
      broken: hasError && (type === 'ERROR' || (start === end && walk.isMissing)),
    };
  }
}
