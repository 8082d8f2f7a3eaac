const DELIMITERS = [',', '\t', ';', '|'] as const;

/** The character that separates the names of a header: the one that occurs most often outside quotes. */
export function delimiterOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  let best: string = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const count = bare.split(delimiter).length - 1;
    if (count > most) {
      best = delimiter;
      most = count;
    }
  }
  return best;
}

/** Whether a quoted cell is still open at the end of a line. `open`: one was open at its beginning. */
export function hasOpenQuote(line: string, open: boolean): boolean {
  let isOpen = open;
  for (let position = line.indexOf('"'); position >= 0; position = line.indexOf('"', position + 1)) {
    isOpen = !isOpen;
  }
  return isOpen;
}

/** The cells of a record by RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes. */
export function splitCells(record: string, delimiter: string): string[] {
  if (!record.includes('"')) {
    return record.split(delimiter);
  }
  const cells: string[] = [];
  let position = 0;
  while (position <= record.length) {
    const start = skipBlanks(record, position, delimiter);
    if (record.charCodeAt(start) === 34) {
      const end = endOfQuoted(record, start + 1);
      const next = indexOrEnd(record, delimiter, end);
      cells.push(record.slice(start + 1, end).replaceAll('""', '"') + record.slice(end + 1, next));
      position = next + 1;
    } else {
      const next = indexOrEnd(record, delimiter, position);
      cells.push(record.slice(position, next));
      position = next + 1;
    }
  }
  return cells;
}

function skipBlanks(record: string, from: number, delimiter: string): number {
  let position = from;
  while (record[position] === ' ' || (record[position] === '\t' && delimiter !== '\t')) {
    position++;
  }
  return position;
}

/** Index of the quote that closes a cell, or the end of the record. */
function endOfQuoted(record: string, from: number): number {
  let position = record.indexOf('"', from);
  while (position >= 0 && record.charCodeAt(position + 1) === 34) {
    position = record.indexOf('"', position + 2);
  }
  return position < 0 ? record.length : position;
}

function indexOrEnd(record: string, text: string, from: number): number {
  const index = record.indexOf(text, from);
  return index < 0 ? record.length : index;
}
