import type { LineRule } from './dialect.js';

/** Tells of a line that none of some rules matches it, so that they need not be tried one by one. */
export interface AnyRule {
  /** Rules that only count where the lines before allow it. */
  readonly contextual: readonly LineRule[];
  /** False where no rule matches the line but for the contextual ones. */
  readonly mayMatch: (line: string) => boolean;
}

const KNOWN = new WeakMap<readonly LineRule[], AnyRule>();

/** @param rules always the same array for the same rules: what is made of them is kept. */
export function anyRule(rules: readonly LineRule[]): AnyRule {
  let known = KNOWN.get(rules);
  if (known === undefined) {
    const contextual = rules.filter(isContextual);
    const expressions = together(rules.filter((rule) => !isContextual(rule)).map(({ line }) => line));
    known = { contextual, mayMatch: (line) => expressions.some((expression) => expression.test(line)) };
    KNOWN.set(rules, known);
  }
  return known;
}

function isContextual({ context }: LineRule): boolean {
  return context !== undefined && context !== 'opens';
}

/** As few expressions as can be that match what any of the given ones does. */
export function together(expressions: readonly RegExp[]): readonly RegExp[] {
  const groups = new Map<string, RegExp[]>();
  for (const [index, expression] of expressions.entries()) {
    // Expressions that may begin anywhere are apart: they would make those that may not be tried everywhere, too.
    const kind = REFERENCE.test(expression.source) ? index : expression.source.startsWith('^');
    const key = `${expression.flags} ${kind}`;
    groups.set(key, [...(groups.get(key) ?? []), expression]);
  }
  return [...groups.values()].map((group) => (group.length === 1 ? group[0]! : alternatives(group)));
}

function alternatives(expressions: readonly RegExp[]): RegExp {
  const source = expressions.map((expression) => `(?:${expression.source.replace(GROUP_NAME, '(?:')})`).join('|');
  return new RegExp(source, expressions[0]?.flags);
}

/** `\1` and `\k<name>` would mean another group. */
const REFERENCE = /\\(?:[1-9]|k<)/;
/** Names may stand but once in an expression. */
const GROUP_NAME = /(?<!\\)\(\?<(?![=!])\w+>/g;
