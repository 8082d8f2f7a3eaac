import type { Setting } from '../../loops/settings/settingsSource.js';
import type { SourceLines } from '../../loops/syntax/sourceLines.js';
import type { Configuration } from './editedConfiguration.js';

/** Where a comment about a value goes, and the comments that stand there now. */
export interface NotePlace {
  readonly offset: number;
  /** Text around the words of the comment. */
  readonly before: string;
  readonly after: string;
  readonly present: string;
}

/** The place for a comment about a value; null where the format has no comments, or none would be read as one. */
export function placeForNote(configuration: Configuration, { value }: Setting): NotePlace | null {
  const { lines, written } = configuration.file;
  if (written === 'json') {
    return takesComments(configuration) ? behindLine(value.end, '//', lines) : null;
  }
  const isInCommand =
    configuration.shape === 'command' && configuration.span.start <= value.start && value.end <= configuration.span.end;
  if (!isInCommand) {
    return behindLine(value.end, '#', lines);
  }
  // A script within YAML may be folded into one line, in which a comment would swallow the rest.
  return written === 'shell' ? aboveCommand(configuration.span.start, lines) : null;
}

/** Files of VS Code's own, and those that have comments already. */
function takesComments({ path, file }: Configuration): boolean {
  return (
    /(\.jsonc|\.code-workspace|[\\/](launch|tasks|settings)\.json)$/.test(path) || /^\s*\/\//m.test(file.lines.text)
  );
}

function behindLine(offset: number, sign: string, lines: SourceLines): NotePlace {
  const line = lines.lineAt(offset);
  const end = lines.lineEnd(line);
  const gap = lines.text.slice(lines.lineStart(line), end).endsWith(' ') ? ' ' : '  ';
  return { offset: end, before: `${gap}${sign} `, after: '', present: lines.text.slice(lines.lineStart(line), end) };
}

/** Above the first line of the command, with what it continues: a comment within would end it. */
function aboveCommand(start: number, lines: SourceLines): NotePlace {
  const textOf = (line: number) => lines.text.slice(lines.lineStart(line), lines.lineEnd(line));
  let line = lines.lineAt(start);
  while (line > 0 && /[\\`^][ \t]*$/.test(textOf(line - 1))) {
    line -= 1;
  }
  return {
    offset: lines.lineStart(line),
    before: `${lines.indentation(line)}# `,
    after: lines.lineBreak(line),
    present: line > 0 ? textOf(line - 1) : '',
  };
}
