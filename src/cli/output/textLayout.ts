/** How text is marked on a terminal; without colour every mark is the text itself. */
export interface Marks {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly info: (text: string) => string;
  readonly good: (text: string) => string;
}

export function marks(usesColour: boolean): Marks {
  const mark = (open: number, close: number) => (text: string) =>
    usesColour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    strong: mark(1, 22),
    faint: mark(2, 22),
    error: mark(31, 39),
    warning: mark(33, 39),
    info: mark(36, 39),
    good: mark(32, 39),
  };
}

/** Breaks text at blanks into lines that fit, each begun with the indent; words longer than a line stay whole. */
export function wrap(text: string, columns: number, indent: string): string[] {
  const width = Math.max(20, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}
