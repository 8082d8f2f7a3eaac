import { messageOf } from '../base/errorMessage.js';
import { failure, ok, type Result } from '../base/result.js';
import { inspectLines } from './common/headLines.js';
import { DIALECTS, GENERAL_DIALECTS } from './dialects/dialects.js';
import type { LogFormat } from './reader.js';
import { stripAnsi } from './text/ansi.js';
import type { Dialect } from './text/dialect.js';
import { observe } from './text/observation.js';
import { countOf, type Pair } from './text/pairs.js';
import { TextLogReader } from './text/textLogReader.js';

/** Groups that say where a line belongs; every other named group is a metric of that name. */
const PLACE_GROUPS: ReadonlySet<string> = new Set(['step', 'total', 'epoch', 'iteration', 'length', 'rank', 'split']);

/** A number as programs print it, NaN and the infinities among them. */
const NUMBER = String.raw`[-+]?(?:\d[\d,_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:[nN][aA][nN]|[iI][nN][fF](?:inity)?)`;

/**
 * A text format for logs that no reader knows, from a pattern of the user's own. The error says what is wrong with it.
 *
 * A pattern is either a template of the line, such as `step {step} cost {loss} ({*})`: a name in braces stands for a
 * number that is logged under it, `{*}` for anything, a blank for any white space. Or it is a regular expression with
 * named groups: `step (?<step>\d+) cost (?<loss>\S+)`. Either may match anywhere in a line. The names `step`, `total`,
 * `epoch`, `iteration`, `length`, `rank` and `split` say where the line belongs.
 */
export function formatOfPattern(pattern: string): Result<LogFormat> {
  const compiled = compile(pattern);
  if (!compiled.ok) {
    return compiled;
  }
  const { dialect } = compiled.value;
  return ok({
    id: dialect.id,
    title: dialect.title,
    writtenBy: dialect.writtenBy,
    recognise: (head) => {
      const matches = inspectLines(head).lines.filter((line) => read(dialect, line) !== undefined).length;
      return matches === 0
        ? { confidence: 0, reason: 'no line matches the pattern of the settings' }
        : { confidence: 0.99, reason: `${matches} lines match the pattern of the settings` };
    },
    open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS, dialect),
  });
}

/** What a pattern finds in a line, for the preview while it is being written. */
export interface PatternMatch {
  /** Index of the line. */
  readonly line: number;
  /** NaN where the line does not say. */
  readonly step: number;
  readonly pairs: readonly Pair[];
  /** Where in the line the match stands, and in it the parts that have names; columns, the end exclusive. */
  readonly match: Span;
  readonly parts: readonly Span[];
}

export type Span = readonly [from: number, to: number];

/** Tries a pattern on some lines; the error says what is wrong with the pattern. */
export function previewPattern(pattern: string, lines: readonly string[]): Result<readonly PatternMatch[]> {
  const compiled = compile(pattern);
  if (!compiled.ok) {
    return compiled;
  }
  const { dialect, expression } = compiled.value;
  const measuring = new RegExp(expression.source, 'd');
  return ok(
    lines.flatMap((text, line) => {
      const observation = read(dialect, text);
      const indices = measuring.exec(text)?.indices;
      if (observation === undefined) {
        return [];
      }
      // Where the line is coloured, the match is in what is left without the colours: the whole line stands for it.
      const match: Span = indices?.[0] ?? [0, text.length];
      const groups: Readonly<Record<string, Span | undefined>> = indices?.groups ?? {};
      const parts = Object.values(groups).flatMap((span) => (span === undefined ? [] : [span]));
      return [{ line, step: observation.step, pairs: observation.pairs, match, parts }];
    }),
  );
}

function read(dialect: Dialect, line: string): ReturnType<typeof observe> {
  const [rule] = dialect.rules;
  return rule === undefined ? undefined : observe(rule, stripAnsi(line).trimEnd());
}

interface CompiledPattern {
  readonly expression: RegExp;
  readonly dialect: Dialect;
}

function compile(pattern: string): Result<CompiledPattern> {
  const template = pattern.includes('(?<') ? undefined : compileTemplate(pattern);
  const source = template?.source ?? pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(source);
  } catch (error) {
    return failure(messageOf(error));
  }
  const groups = [...source.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1] ?? '');
  const metrics = groups
    .filter((group) => !PLACE_GROUPS.has(group))
    .map((group) => ({ group, name: template?.names.get(group) ?? group }));
  if (metrics.length === 0) {
    return failure('it names no number to log: write {loss} where it stands, or (?<loss>\\S+) in a regular expression');
  }
  const pairs = (line: string): readonly Pair[] => pairsIn(expression.exec(line)?.groups ?? {}, metrics);
  const dialect = {
    id: 'pattern',
    title: "The user's own pattern",
    writtenBy: 'any program',
    rules: [{ line: expression, pairs }],
  };
  return ok({ expression, dialect });
}

function pairsIn(
  groups: Readonly<Record<string, string | undefined>>,
  metrics: readonly { readonly group: string; readonly name: string }[],
): Pair[] {
  return metrics.flatMap(({ group, name }) => {
    const text = groups[group];
    const value = countOf(text);
    const isNumber = text !== undefined && (!Number.isNaN(value) || /nan/i.test(text));
    return isNumber ? [{ name, value }] : [];
  });
}

interface Template {
  readonly source: string;
  /** Groups of metrics with names that no group can have: `train/loss`. */
  readonly names: ReadonlyMap<string, string>;
}

function compileTemplate(template: string): Template {
  const names = new Map<string, string>();
  const source = template
    .trim()
    .split(/(\{[^{}]*\})/)
    .map((part) => {
      const name = /^\{\s*(.*?)\s*\}$/.exec(part)?.[1];
      if (name === undefined) {
        return literal(part);
      }
      if (name === '' || name === '*') {
        return '.*?';
      }
      if (name === 'split') {
        return String.raw`(?<split>\w+)`;
      }
      if (PLACE_GROUPS.has(name)) {
        return String.raw`(?<${name}>\d[\d,_]*(?:\.\d+)?)`;
      }
      const group = `metric${names.size}`;
      names.set(group, name);
      return `(?<${group}>${NUMBER})`;
    })
    .join('');
  return { source, names };
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`).replaceAll(/\s+/g, String.raw`\s+`);
}
