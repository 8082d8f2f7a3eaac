/** Longer objects are no metrics: a configuration, a state that was dumped. */
const MAXIMUM_LINES = 200;
const MAXIMUM_FIRST_LINE = 300;

/** What may stand on a line inside an object: an entry, a value of a list, closing brackets. */
const INSIDE = /^\s*(?:['"][^'"]*['"]\s*(?::|,?\s*$)|[-+]?[\d.]|[{}[\]]|NaN\b|nan\b|-?inf)/;
/** The first entry stands behind the brace, as `pprint` sets it. */
const FIRST_ENTRY = /^\{\s*['"][^'"]+['"]\s*:/;

/**
 * Puts an object that was printed over several lines (`pprint`, `json.dumps(…, indent=2)`) on one. Lines that turn out
 * to be no object come back as they were.
 */
export class BraceBlock {
  #held: string[] = [];
  #depth = 0;

  /** The lines that can be read now, in their order; none while an object is open. */
  take(line: string): readonly string[] {
    if (this.#held.length === 0) {
      if (!opens(line)) {
        return [line];
      }
      this.#depth = 0;
    } else if (!INSIDE.test(line) || this.#held.length >= MAXIMUM_LINES) {
      return [...this.end(), ...this.take(line)];
    }
    this.#held.push(line);
    this.#depth += depthOf(line);
    if (this.#depth > 0) {
      return [];
    }
    const [first = '', ...rest] = this.#held;
    this.#held = [];
    return [[first.trimEnd(), ...rest.map((part) => part.trim())].join(' ')];
  }

  /** What is held of an object that never ended. */
  end(): readonly string[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}

function opens(line: string): boolean {
  const last = line.charAt(line.length - 1);
  if ((last !== '{' && last !== ',' && last !== '[') || line.length > MAXIMUM_FIRST_LINE) {
    return false;
  }
  return last === '{' ? /(?:^|[\s:=])\{$/.test(line) : FIRST_ENTRY.test(line) && depthOf(line) > 0;
}

function depthOf(line: string): number {
  let depth = 0;
  for (const character of line) {
    depth += character === '{' || character === '[' ? 1 : character === '}' || character === ']' ? -1 : 0;
  }
  return depth;
}
