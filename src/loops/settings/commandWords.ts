/** A word of a shell script: what it says and where. */
export interface CommandWord {
  /** Without quotes; `$LR` stays as written. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Offset of the n-th character of the value in the text, where quotes don't shift them; null in mixed words. */
  readonly contentStart: number | null;
  readonly contentEnd: number;
  readonly quoted: boolean;
}

export interface Command {
  readonly words: readonly CommandWord[];
  readonly start: number;
  readonly end: number;
}

const SEPARATORS = new Set([';', '&', '|', '(', ')', '<', '>']);

/**
 * Splits a shell script into commands of words. Line continuations (of sh, of PowerShell's backtick and of cmd's caret)
 * join lines; comments are dropped; expansions are left as they are written. Nothing is run, and nothing can fail.
 */
export function readCommands(text: string, from = 0, to = text.length): readonly Command[] {
  const commands: Command[] = [];
  let words: CommandWord[] = [];
  const finish = (): void => {
    const [first] = words;
    const last = words.at(-1);
    if (first && last) {
      commands.push({ words, start: first.start, end: last.end });
    }
    words = [];
  };
  let at = from;
  while (at < to) {
    const character = text.charAt(at);
    const continued = continuationAt(text, at);
    if (continued > 0) {
      at += continued;
    } else if (character === '\n' || character === '\r' || SEPARATORS.has(character)) {
      finish();
      at += 1;
    } else if (character === ' ' || character === '\t') {
      at += 1;
    } else if (character === '#') {
      at = endOfLine(text, at, to);
    } else {
      const word = readWord(text, at, to);
      words.push(word);
      at = word.end;
    }
  }
  finish();
  return commands;
}

/** Length of a line continuation at the offset, 0 when there is none. */
function continuationAt(text: string, at: number): number {
  if (!['\\', '`', '^'].includes(text.charAt(at))) {
    return 0;
  }
  return /^.[ \t]*(\r\n|\n|\r)/.exec(text.slice(at, at + 80))?.[0].length ?? 0;
}

function endOfLine(text: string, at: number, to: number): number {
  let end = at;
  while (end < to && text.charAt(end) !== '\n' && text.charAt(end) !== '\r') {
    end += 1;
  }
  return end;
}

function readWord(text: string, from: number, to: number): CommandWord {
  let value = '';
  let quotes = 0;
  let pieces = 0;
  let at = from;
  let contentStart: number | null = null;
  let contentEnd = from;
  while (at < to && !/[\s;&|()<>]/.test(text.charAt(at)) && continuationAt(text, at) === 0) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      const close = closingQuote(text, at, to);
      value += text.slice(at + 1, close);
      contentStart ??= at + 1;
      contentEnd = close;
      quotes += 1;
      at = Math.min(close + 1, to);
    } else {
      const length = character === '$' ? expansionLength(text, at, to) : character === '\\' ? 2 : 1;
      value += text.slice(at, at + length);
      contentStart ??= at;
      contentEnd = Math.min(at + length, to);
      at += length;
      pieces = 1;
    }
  }
  const isMixed = quotes > 1 || (quotes === 1 && pieces === 1);
  return {
    value,
    start: from,
    end: Math.min(Math.max(at, from + 1), to),
    contentStart: isMixed ? null : contentStart,
    contentEnd,
    quoted: quotes > 0 && !isMixed,
  };
}

function closingQuote(text: string, open: number, to: number): number {
  const quote = text.charAt(open);
  let at = open + 1;
  while (at < to && text.charAt(at) !== quote) {
    at += quote === '"' && text.charAt(at) === '\\' ? 2 : 1;
  }
  return Math.min(at, to);
}

/** `${LR:-5e-5}` and `$(date +%s)` are parts of one word. */
function expansionLength(text: string, at: number, to: number): number {
  const open = text.charAt(at + 1);
  const close = open === '{' ? '}' : open === '(' ? ')' : null;
  if (close === null) {
    return 1;
  }
  let depth = 0;
  for (let index = at + 1; index < to; index += 1) {
    const character = text.charAt(index);
    depth += character === open ? 1 : character === close ? -1 : 0;
    if (depth === 0) {
      return index + 1 - at;
    }
  }
  return to - at;
}
