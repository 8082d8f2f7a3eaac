import { describe, expect, it } from 'vitest';
import { SourceLines } from '../../../src/loops/syntax/sourceLines.js';

describe('SourceLines', () => {
  const lines = new SourceLines('a\r\n\tbé\n  c\rd');

  it('counts lines by every line end that LSP knows', () => {
    expect(lines.count).toBe(4);
    expect([0, 3, 4, 7, 12].map((offset) => lines.lineAt(offset))).toEqual([0, 1, 1, 2, 3]);
  });

  it('turns offsets into positions and back', () => {
    for (let offset = 0; offset <= lines.text.length; offset += 1) {
      expect(lines.offsetAt(lines.positionAt(offset))).toBe(offset);
    }
  });

  it('knows the indentation and the line end of each line', () => {
    expect([0, 1, 2, 3].map((line) => lines.indentation(line))).toEqual(['', '\t', '  ', '']);
    expect([0, 1, 2, 3].map((line) => lines.lineBreak(line))).toEqual(['\r\n', '\n', '\r', '\r\n']);
  });

  it('takes LF for a text of one line', () => {
    expect(new SourceLines('only').lineBreak(0)).toBe('\n');
  });
});
