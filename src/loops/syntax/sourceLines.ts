import type { Position, Range } from '../../model/sourceEdit.js';

/** Lines of a text as LSP counts them: ended by LF, CR LF or CR. */
export class SourceLines {
  readonly text: string;
  private readonly starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) {
        this.starts.push(index + 1);
      }
    }
  }

  get count(): number {
    return this.starts.length;
  }

  /** Line of an offset, from 0. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  positionAt(offset: number): Position {
    const line = this.lineAt(offset);
    return { line, character: offset - (this.starts[line] as number) };
  }

  rangeOf(start: number, end: number): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  offsetAt(position: Position): number {
    return (this.starts[position.line] ?? this.text.length) + position.character;
  }

  lineStart(line: number): number {
    return this.starts[line] ?? this.text.length;
  }

  /** Offset just behind the last character of the line, before its line end. */
  lineEnd(line: number): number {
    let end = this.starts[line + 1] ?? this.text.length;
    while (end > this.lineStart(line) && isLineEnd(this.text.charCodeAt(end - 1))) {
      end -= 1;
    }
    return end;
  }

  /** The white space at the start of the line. */
  indentation(line: number): string {
    const start = this.lineStart(line);
    let end = start;
    while (end < this.text.length && ' \t\f\uFEFF'.includes(this.text.charAt(end))) {
      end += 1;
    }
    return this.text.slice(start, end).replaceAll('\uFEFF', '');
  }

  /** The line end that the file uses at this line, or the one it uses first, or LF. */
  lineBreak(line: number): string {
    const own = this.text.slice(this.lineEnd(line), this.starts[line + 1] ?? this.text.length);
    if (own !== '') {
      return own;
    }
    return this.starts.length > 1 ? this.text.slice(this.lineEnd(0), this.lineStart(1)) : '\n';
  }
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}
