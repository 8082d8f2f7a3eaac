import { parseTree, type Node } from 'jsonc-parser';
import type { SourceEdit } from '../model/sourceEdit.js';
import { NotebookProgram, type CodeCell } from './notebookProgram.js';
import { SourceLines } from './syntax/sourceLines.js';

/** A code cell with the place of its source in the file's JSON. */
interface WrittenCell extends CodeCell {
  readonly source: Node;
}

/**
 * A Jupyter notebook (nbformat 4) as its file holds it. Cells are edited where they stand in the JSON: outputs, metadata,
 * indentation and every line that no edit touches keep their bytes.
 * https://nbformat.readthedocs.io/en/latest/format_description.html
 */
export class NotebookFile {
  /** The cells of Python, in order. */
  readonly cells: readonly CodeCell[];
  readonly program: NotebookProgram;
  private readonly text: string;
  private readonly written: readonly WrittenCell[];

  /** @throws {Error} that says why the text is no notebook. */
  constructor(text: string) {
    this.text = text;
    this.written = pythonCells(parsed(text));
    this.cells = this.written.map(({ number, text: code }) => ({ number, text: code }));
    this.program = new NotebookProgram(this.cells);
  }

  /** Edits of the program as edits of the file; a string says why they cannot be made. */
  editsOfFile(path: string, edits: readonly SourceEdit[]): readonly SourceEdit[] | string {
    const ofCells = this.program.editsOfCells(edits);
    if (typeof ofCells === 'string') {
      return ofCells;
    }
    const lines = new SourceLines(this.text);
    return this.written.flatMap(({ number, text, source }) => {
      const own = ofCells.get(number);
      return own ? [this.rewritten(path, source, edited(text, own), lines)] : [];
    });
  }

  /** The smallest run of the cell's written lines that differs, written as the others are. */
  private rewritten(path: string, source: Node, after: string, lines: SourceLines): SourceEdit {
    const replace = (start: number, end: number, newText: string): SourceEdit => ({
      path,
      range: lines.rangeOf(start, end),
      newText,
    });
    const written = source.type === 'array' ? (source.children ?? []) : [];
    const [firstLine, lastLine] = [written[0], written.at(-1)];
    if (source.type !== 'array') {
      return replace(source.offset, endOf(source), this.literal(after));
    }
    const wanted = linesOf(after);
    if (!firstLine || !lastLine) {
      return replace(source.offset, endOf(source), this.newList(source, wanted));
    }
    const old = written.map(({ value }) => String(value));
    // At least one line on each side, so that there is something to put another beside.
    const most = Math.min(old.length, wanted.length) - 1;
    let head = 0;
    while (head < most && old[head] === wanted[head]) {
      head += 1;
    }
    let tail = 0;
    while (tail < most - head && old.at(-1 - tail) === wanted.at(-1 - tail)) {
      tail += 1;
    }
    const literals = new Map(written.map((node) => [String(node.value), this.slice(node.offset, endOf(node))]));
    const separator = `,${this.slice(source.offset + 1, firstLine.offset)}`;
    const middle = wanted.slice(head, wanted.length - tail).map((line) => literals.get(line) ?? this.literal(line));
    const [from, to] = [written[head] ?? firstLine, written.at(-1 - tail) ?? lastLine];
    return replace(from.offset, endOf(to), middle.join(separator));
  }

  /** A list where an empty one stood, a level deeper than its key. */
  private newList(source: Node, wanted: readonly string[]): string {
    const outer = /(\r?\n[ \t]*)[^\r\n]*$/.exec(this.slice(0, source.offset))?.[1];
    const unit = /^\s*\{\r?\n([ \t]+)/.exec(this.text)?.[1] ?? '';
    const literals = wanted.map((line) => this.literal(line));
    return outer === undefined || unit === ''
      ? `[${literals.join(', ')}]`
      : `[${outer}${unit}${literals.join(`,${outer}${unit}`)}${outer}]`;
  }

  /** Escaped as the file is: writers of JSON either keep or escape what is not ASCII. */
  private literal(text: string): string {
    const literal = JSON.stringify(text);
    return isAscii(this.text)
      ? literal.replaceAll(/[^\0-\x7F]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : literal;
  }

  private slice(start: number, end: number): string {
    return this.text.slice(start, end);
  }
}

function edited(text: string, edits: readonly SourceEdit[]): string {
  const lines = new SourceLines(text);
  return [...edits]
    .map(({ range, newText }) => ({ start: lines.offsetAt(range.start), end: lines.offsetAt(range.end), newText }))
    .sort((one, other) => other.start - one.start)
    .reduce((result, { start, end, newText }) => result.slice(0, start) + newText + result.slice(end), text);
}

function parsed(text: string): Node {
  const withoutMark = text.replace(/^\uFEFF/, ' ');
  try {
    JSON.parse(withoutMark);
    const root = parseTree(withoutMark);
    if (root) {
      return root;
    }
  } catch {
    // Said below.
  }
  throw new Error('not a notebook: its JSON is damaged');
}

function pythonCells(root: Node): readonly WrittenCell[] {
  if (root.type === 'object' && propertyOf(root, 'worksheets')) {
    throw new Error('a notebook of nbformat 3: convert it with jupyter nbconvert --to notebook --nbformat 4');
  }
  const cells = propertyOf(root, 'cells');
  if (cells?.type !== 'array') {
    throw new Error('not a notebook: it has no cells');
  }
  const metadata = propertyOf(root, 'metadata');
  const language = wordOf(metadata, 'language_info', 'name') ?? wordOf(metadata, 'kernelspec', 'language');
  return (cells.children ?? []).flatMap((cell, number) => {
    const own = wordOf(cell, 'metadata', 'vscode', 'languageId') ?? language ?? 'python';
    const source = propertyOf(cell, 'source');
    const isCode = wordOf(cell, 'cell_type') === 'code' && /python/i.test(own);
    const text = source && sourceOf(source);
    return isCode && source && text !== undefined ? [{ number, text, source }] : [];
  });
}

/** Text of a cell, which is written whole or as a list of lines. */
function sourceOf(source: Node): string | undefined {
  if (source.type === 'string') {
    return String(source.value);
  }
  const pieces = source.type === 'array' ? (source.children ?? []) : undefined;
  return pieces?.every(({ type }) => type === 'string') ? pieces.map(({ value }) => String(value)).join('') : undefined;
}

/** The last one counts where a name is given twice, as with every reader of JSON. */
function propertyOf(node: Node | undefined, name: string): Node | undefined {
  const properties = node?.type === 'object' ? (node.children ?? []) : [];
  return properties.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1];
}

function wordOf(node: Node | undefined, ...names: readonly string[]): string | undefined {
  const found = names.reduce<Node | undefined>((at, name) => propertyOf(at, name), node);
  return found?.type === 'string' ? String(found.value) : undefined;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [''] : text.split(/(?<=\n)/);
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7F]/.test(text);
}
