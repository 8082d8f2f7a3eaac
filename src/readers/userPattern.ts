import { failure, ok, type Result } from '../base/result.js';
import { inspectLines } from './common/headLines.js';
import { DIALECTS, GENERAL_DIALECTS } from './dialects/dialects.js';
import type { LogFormat } from './reader.js';
import { stripAnsi } from './text/ansi.js';
import type { Dialect } from './text/dialect.js';
import { observe } from './text/observation.js';
import type { Pair } from './text/pairs.js';
import { TextLogReader } from './text/textLogReader.js';

/** Groups that say where a line belongs; every other named group is a metric of that name. */
const PLACE_GROUPS: ReadonlySet<string> = new Set(['step', 'total', 'epoch', 'iteration', 'length', 'rank', 'split']);

/**
 * A text format for logs that no reader knows, from a regular expression of the user's own. `step (?<step>\d+) cost
 * (?<loss>\S+)` logs `loss`. The error says what is wrong with the expression.
 */
export function formatOfPattern(pattern: string): Result<LogFormat> {
  const compiled = dialectOfPattern(pattern);
  if (!compiled.ok) {
    return compiled;
  }
  const dialect = compiled.value;
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
    open: (_path, sink) => new TextLogReader(sink, [dialect, ...DIALECTS], GENERAL_DIALECTS),
  });
}

/** What a pattern finds in a line, for the preview while it is being written. */
export interface PatternMatch {
  /** Index of the line. */
  readonly line: number;
  /** NaN where the line does not say. */
  readonly step: number;
  readonly pairs: readonly Pair[];
}

/** Tries a pattern on some lines; the error says what is wrong with the expression. */
export function previewPattern(pattern: string, lines: readonly string[]): Result<readonly PatternMatch[]> {
  const compiled = dialectOfPattern(pattern);
  if (!compiled.ok) {
    return compiled;
  }
  return ok(
    lines.flatMap((text, line) => {
      const observation = read(compiled.value, text);
      return observation === undefined ? [] : [{ line, step: observation.step, pairs: observation.pairs }];
    }),
  );
}

function read(dialect: Dialect, line: string): ReturnType<typeof observe> {
  const [rule] = dialect.rules;
  return rule === undefined ? undefined : observe(rule, stripAnsi(line).trimEnd());
}

function dialectOfPattern(pattern: string): Result<Dialect> {
  let line: RegExp;
  try {
    line = new RegExp(pattern);
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
  const metrics = [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => !PLACE_GROUPS.has(name));
  if (metrics.length === 0) {
    return failure('no group is named after a metric, as in (?<loss>\\S+)');
  }
  const rules = [{ line, metricGroups: metrics }];
  return ok({ id: 'pattern', title: "The user's own pattern", writtenBy: 'any program', rules });
}
