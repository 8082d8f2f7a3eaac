import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { jsonLines } from '../../../src/readers/jsonLines.js';
import { Random } from '../../corpus/syntheticRuns.js';
import type { MadeRecord } from '../../corpus/syntheticRuns.js';
import type { Columns } from './observe.js';

/** A run as the lines of a log. */
export function asJsonLines(records: readonly MadeRecord[]): Uint8Array {
  const lines = records.map(({ tag, step, value }) => {
    const written = Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? JSON.stringify(value) : 'Infinity';
    return `{"step": ${step}, ${JSON.stringify(tag)}: ${written}}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

/** What the analysis says of a log that arrives in pieces of the given sizes, asked after each. */
export function findingsOf(bytes: Uint8Array, chunks: () => number): string {
  const analysis = new RunAnalysis({ roles: {} });
  const reader = jsonLines.open('run.jsonl', analysis.fileSink({ path: 'run.jsonl' }));
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + chunks());
    reader.read(bytes.subarray(from, to));
    analysis.findings();
    from = to;
  }
  reader.end();
  return JSON.stringify([analysis.findings(), analysis.coverage()]);
}

/** What the analysis says of the columns as one piece, and as many. */
export function wholeAndCut(columns: Columns): readonly [string, string] {
  const random = new Random(3);
  const rows = Math.max(...Object.values(columns).map(({ length }) => length));
  const records = Array.from({ length: rows }, (_, step) =>
    Object.entries(columns).flatMap(([tag, values]) => {
      const value = values[step];
      return value === undefined ? [] : [{ tag, step, value }];
    }),
  ).flat();
  const bytes = asJsonLines(records);
  return [findingsOf(bytes, () => bytes.length), findingsOf(bytes, () => random.integer(1, bytes.length >> 4))];
}
