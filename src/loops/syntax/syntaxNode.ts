/**
 * A node of a syntax tree as plain data, detached from the WebAssembly memory of the parser.
 * Offsets count UTF-16 code units from the start of the text.
 */
export interface SyntaxNode {
  readonly type: string;
  /** Name of the field of the parent that this node fills, if any. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly parent: SyntaxNode | null;
  /** Named children only, comments included. */
  readonly children: readonly SyntaxNode[];
  /** The parser had to guess at this node (an ERROR or a missing token). */
  readonly broken: boolean;
}

/** First child that fills the field. */
export function childOf(node: SyntaxNode, field: string): SyntaxNode | undefined {
  return node.children.find((child) => child.field === field);
}

/** The node itself and everything below it, in source order; subtrees for which `enter` is false are left out. */
export function* walk(node: SyntaxNode, enter: (node: SyntaxNode) => boolean = () => true): Generator<SyntaxNode> {
  const pending: SyntaxNode[] = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    yield next;
    if (next === node || enter(next)) {
      for (let index = next.children.length - 1; index >= 0; index -= 1) {
        pending.push(next.children[index] as SyntaxNode);
      }
    }
  }
}

/** Nearest node at or above `node` that has one of the types. */
export function enclosing(node: SyntaxNode | null, types: ReadonlySet<string>): SyntaxNode | null {
  let current = node;
  while (current && !types.has(current.type)) {
    current = current.parent;
  }
  return current;
}

export function contains(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
