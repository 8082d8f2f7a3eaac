/** A command as a person would type it: words with blanks or quotes are quoted. */
export function commandText(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./\\~-]+$/.test(word) ? word : `"${word.replace(/(["\\])/g, '\\$1')}"`))
    .join(' ');
}

/** A backslash takes the meaning of blanks, quotes and itself; before anything else it is part of a path of Windows. */
const WORD = /\s*((?:"(?:\\["\\]|[^"])*"|'[^']*'|\\[\s"'\\]|[^\s"'])+)/gy;
const QUOTED = /"((?:\\["\\]|[^"])*)"|'([^']*)'|\\([\s"'\\])/g;

/**
 * The words of a line as a person types it, with quotes and backslashes. No shell: nothing is expanded.
 * @returns undefined where a quote is left open.
 */
export function commandWords(text: string): readonly string[] | undefined {
  const line = text.trim();
  const matches = [...line.matchAll(WORD)];
  const read = matches.reduce((length, [whole]) => length + whole.length, 0);
  return read < line.length ? undefined : matches.map(([, word = '']) => word.replace(QUOTED, unquoted));
}

function unquoted(_: string, double?: string, single?: string, escaped?: string): string {
  return double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? '';
}
