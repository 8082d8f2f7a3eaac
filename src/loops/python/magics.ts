/** Cells that hold something else than Python. */
const OTHER_LANGUAGE = /^\s*%%(bash|sh|script|html|HTML|javascript|js|svg|latex|markdown|perl|ruby|cmd|sql|R)\b/;

/** `files = !ls` and `data = %sql …`. */
const ASSIGNED_MAGIC = /^\s*[\w, ]+=\s*(![^=]|%[a-z])/;

/**
 * A notebook cell with IPython's own lines (`%matplotlib inline`, `!pip install …`, `%%time`) turned into comments of
 * the same length, so that the rest parses as Python and every offset stays what it was.
 */
export function withoutMagics(cell: string): string {
  if (OTHER_LANGUAGE.test(cell)) {
    return cell.replaceAll(/^./gm, '#');
  }
  let inString: string | null = null;
  return cell
    .split('\n')
    .map((line) => {
      const start = line.length - line.trimStart().length;
      const isMagic = inString === null && (['%', '!', '?'].includes(line.charAt(start)) || ASSIGNED_MAGIC.test(line));
      if (isMagic) {
        return `${line.slice(0, start)}#${line.slice(start + 1)}`;
      }
      inString = openString(line, inString);
      return line;
    })
    .join('\n');
}

/** The triple quote that is still open behind the line, if any. */
function openString(line: string, open: string | null): string | null {
  let current = open;
  for (let index = 0; index < line.length; index += 1) {
    const three = line.slice(index, index + 3);
    if (current === null && (three === '"""' || three === "'''")) {
      current = three;
      index += 2;
    } else if (current !== null && three === current) {
      current = null;
      index += 2;
    }
  }
  return current;
}
