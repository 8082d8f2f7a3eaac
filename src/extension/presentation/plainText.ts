/** Longest text that a row, a lens or a tooltip is given; a log can hold names of a megabyte. */
const MAXIMUM_LENGTH = 1000;
/** Control characters, and those that reorder the text around them. */
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g;
const MARKDOWN_ANYWHERE = /[\\`*_{}[\]<>&|~@]|:(?=\/\/)|(?<=\bwww)\./gi;
const MARKDOWN_AT_START = /^(?:[#+\-=]|\d+(?=[.)]))/;

/** Text of a log as one harmless line: no control or bidirectional characters, of bounded length. */
export function plainText(text: string, maximumLength: number = MAXIMUM_LENGTH): string {
  const line = text.replace(INVISIBLE, ' ').trim();
  return line.length > maximumLength ? `${line.slice(0, maximumLength - 1)}…` : line;
}

/** {@link plainText} for labels in which the editor draws `$(name)` as an icon. */
export function plainLabel(text: string): string {
  return plainText(text).replaceAll('$(', '\\$(');
}

/** {@link plainText} for Markdown: shown as it is, whatever it holds; no emphasis, link, image, table or HTML. */
export function escapeMarkdown(text: string, maximumLength?: number): string {
  return plainText(text, maximumLength)
    .replace(MARKDOWN_ANYWHERE, '\\$&')
    .replace(MARKDOWN_AT_START, (start) => (/\d/.test(start) ? `${start}\u2060` : `\\${start}`));
}
