import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CorpusResult, JudgeResult } from './scoreboard.js';

/** What `npm run corpus -- --write` found last, in this folder. */
export const RESULTS_FILE = 'results.json';

export function keptResults(): readonly CorpusResult[] {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, RESULTS_FILE), 'utf8')) as readonly CorpusResult[];
}

/** Head and rows of the table for people: F1 by kind of trouble, one column a judge, one block a corpus. */
export function scoreboardTable({ judges }: CorpusResult): readonly (readonly string[])[] {
  const [product] = judges;
  const kinds = Object.keys(product?.kinds ?? {});
  const row = (title: string, cell: (judge: JudgeResult) => string): readonly string[] => [title, ...judges.map(cell)];
  return [
    row('', ({ title }) => title),
    ...kinds.map((kind) =>
      row(
        `F1, ${kind.replaceAll('_', ' ')} (${product?.kinds[kind]?.wanted ?? 0})`,
        (judge) => judge.kinds[kind]?.f1.toFixed(2) ?? '–',
      ),
    ),
    row('F1, all that it covers', ({ f1 }) => f1.toFixed(2)),
    row('Precision', ({ precision }) => precision.toFixed(2)),
    row('Recall', ({ recall }) => recall.toFixed(2)),
    row('False alarms per 100 healthy runs', ({ falseAlarms }) => falseAlarms.toFixed(0)),
  ];
}
