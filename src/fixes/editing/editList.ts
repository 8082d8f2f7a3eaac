import type { SourceEdit } from '../../model/sourceEdit.js';
import type { SourceLines } from '../../loops/syntax/sourceLines.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';

interface Change {
  readonly start: number;
  readonly end: number;
  /** What was asked for one after the other at this very place; each piece once. */
  readonly pieces: string[];
}

/** An edit that can't be made where it was asked for; the message says why, in words for the user. */
export class EditRefused extends Error {}

/** Gathers the changes of one fix. Code is given as lines without the indentation of the place it goes to. */
export class EditList {
  private readonly lines: SourceLines;
  private readonly changes: Change[] = [];

  constructor(lines: SourceLines) {
    this.lines = lines;
  }

  get isEmpty(): boolean {
    return this.changes.length === 0;
  }

  /** Puts code on lines of its own above the statement and the comments that belong to it. */
  insertBefore(statement: SyntaxNode, code: readonly string[]): void {
    if (!this.startsLine(statement)) {
      this.insert(statement.start, `${this.asOneLine(code, statement)}; `);
      return;
    }
    const line = this.lines.lineAt(firstComment(statement, this.lines).start);
    const indentation = this.lines.indentation(this.lines.lineAt(statement.start));
    const lineBreak = this.lines.lineBreak(line);
    this.insert(
      this.startOfLine(line),
      code.map((text) => (text === '' ? '' : indentation) + text + lineBreak).join(''),
    );
  }

  /** Puts code on lines of its own below the statement. */
  insertAfter(statement: SyntaxNode, code: readonly string[]): void {
    if (!this.endsLine(statement)) {
      this.insert(statement.end, `; ${this.asOneLine(code, statement)}`);
      return;
    }
    const first = this.lines.lineAt(statement.start);
    if (!this.startsLine(statement)) {
      // The last of several statements on a line: `a; b` or `if x: b`.
      this.insert(statement.end, `; ${this.asOneLine(code, statement)}`);
      return;
    }
    const last = this.lines.lineAt(statement.end);
    const indentation = this.lines.indentation(first);
    const lineBreak = this.lines.lineBreak(first);
    this.insert(
      this.lines.lineEnd(last),
      code.map((text) => lineBreak + (text === '' ? '' : indentation) + text).join(''),
    );
  }

  insert(offset: number, newText: string): void {
    // Two insertions at one place would have no order of their own.
    const same = this.changes.find(({ start, end }) => start === offset && end === offset);
    if (!same) {
      this.changes.push({ start: offset, end: offset, pieces: [newText] });
    } else if (!same.pieces.includes(newText)) {
      same.pieces.push(newText);
    }
  }

  /** Takes over the changes of another list; what both would insert at one place comes once. */
  addAll(other: EditList): void {
    for (const { start, end, pieces } of other.changes) {
      if (start === end) {
        pieces.forEach((piece) => {
          this.insert(start, piece);
        });
      } else if (!this.changes.some((change) => change.start === start && change.end === end)) {
        this.changes.push({ start, end, pieces });
      }
    }
  }

  replace({ start, end }: Pick<SyntaxNode, 'start' | 'end'>, newText: string): void {
    this.changes.push({ start, end, pieces: [newText] });
  }

  remove(start: number, end: number): void {
    this.changes.push({ start, end, pieces: [''] });
  }

  /** Takes away a statement that has its lines for itself, comments behind it included. */
  removeStatement(statement: SyntaxNode): void {
    const last = this.lines.lineAt(statement.end);
    if (!this.startsLine(statement) || !this.endsLine(statement)) {
      throw new EditRefused(`Line ${last + 1} holds several statements; put each on a line of its own first.`);
    }
    // With the line break in front: there may be none behind the last line of a file.
    const first = this.lines.lineAt(statement.start);
    this.remove(first > 0 ? this.lines.lineEnd(first - 1) : this.lines.lineStart(first), this.lines.lineEnd(last));
  }

  build(path: string): readonly SourceEdit[] {
    return this.changes
      .sort((one, other) => one.start - other.start)
      .map(({ start, end, pieces }) => ({ path, range: this.lines.rangeOf(start, end), newText: pieces.join('') }));
  }

  private asOneLine(code: readonly string[], statement: SyntaxNode): string {
    if (code.some((line) => line.endsWith(':'))) {
      const line = this.lines.lineAt(statement.start) + 1;
      throw new EditRefused(
        `Line ${line} holds several statements; put the optimizer's step on a line of its own first.`,
      );
    }
    return code.join('; ');
  }

  /** A byte order mark stays in front of everything. */
  private startOfLine(line: number): number {
    const start = this.lines.lineStart(line);
    return this.lines.text.charCodeAt(start) === 0xfeff ? start + 1 : start;
  }

  private startsLine(statement: SyntaxNode): boolean {
    const start = this.startOfLine(this.lines.lineAt(statement.start));
    return this.lines.text.slice(start, statement.start).trim() === '';
  }

  private endsLine(statement: SyntaxNode): boolean {
    const rest = this.lines.text.slice(statement.end, this.lines.lineEnd(this.lines.lineAt(statement.end))).trim();
    return rest === '' || rest.startsWith('#') || rest.startsWith('//');
  }
}

/** The first of the comments that stand directly above the statement, or the statement itself. */
function firstComment(statement: SyntaxNode, lines: SourceLines): SyntaxNode {
  const siblings = statement.parent?.children ?? [];
  let first = statement;
  for (let index = siblings.indexOf(statement) - 1; index >= 0; index -= 1) {
    const candidate = siblings[index] as SyntaxNode;
    const line = lines.lineAt(candidate.start);
    const alone = lines.text.slice(lines.lineStart(line), candidate.start).trim() === '';
    if (candidate.type !== 'comment' || !alone || line !== lines.lineAt(first.start) - 1) {
      break;
    }
    first = candidate;
  }
  return first;
}

/** Blocks of Python and of JavaScript. */
const BLOCKS = new Set(['block', 'statement_block', 'class_body']);

/** Statements of Python in which blocks are found. */
const HOLDS_BLOCKS = /_(statement|definition)$/;

/** One level of indentation in the style of the file; the usual one of the language where it has none. */
export function indentUnit(root: SyntaxNode, lines: SourceLines, usual = '    '): string {
  const pending = [...root.children];
  for (let node = pending.shift(); node; node = pending.shift()) {
    const outer = node.parent && lines.indentation(lines.lineAt(node.parent.start));
    // A block of JavaScript begins with its brace, on the line of its head.
    const first = node.type === 'block' ? node : node.children[0];
    const inner = lines.indentation(lines.lineAt(first?.start ?? node.start));
    if (BLOCKS.has(node.type) && outer !== null && inner.length > outer.length && inner.startsWith(outer)) {
      return inner.slice(outer.length);
    }
    if (usual === '  ' || node.children.some(({ type }) => BLOCKS.has(type) || HOLDS_BLOCKS.test(type))) {
      pending.push(...node.children);
    }
  }
  return usual;
}

/** The quote that the file prefers. */
export function quoteOf(text: string): string {
  const single = text.split("'").length;
  const double = text.split('"').length;
  return single > double ? "'" : '"';
}
