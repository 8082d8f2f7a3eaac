/** Longer texts are seldom met twice, and cost more to look up. */
const LONGEST = 200;
const MOST = 1000;

/**
 * The same function of texts, quicker for those met lately: logs have the same few names in every line.
 * @param work gives the same for the same text, always
 */
export function remembered<Result>(work: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    if (text.length > LONGEST) {
      return work(text);
    }
    const found = known.get(text);
    if (found !== undefined || known.has(text)) {
      return found as Result;
    }
    if (known.size >= MOST) {
      known.clear();
    }
    const own = detached(text);
    const result = work(own);
    known.set(own, result);
    return result;
  };
}

/** A copy, where the text may be a piece of a large one that would stay in memory with it. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}
