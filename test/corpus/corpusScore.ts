import { join } from 'node:path';
import { readLabels } from './labels.js';
import { labelStep, readRun } from './readRun.js';
import { predictionsOf, scoreRuns } from './scoring.js';
import type { Prediction, Score } from './scoring.js';
import { table } from './table.js';

export interface CorpusResult {
  readonly score: Score;
  readonly predictions: ReadonlyMap<string, readonly Prediction[]>;
  /** File and reason. */
  readonly refused: readonly string[];
}

/** Reads and judges every labelled run of a corpus. */
export function scoreCorpus(folder: string): CorpusResult {
  const runs = readLabels(folder);
  const predictions = new Map<string, readonly Prediction[]>();
  const refused: string[] = [];
  for (const { file, x } of runs) {
    const read = readRun(join(folder, file));
    if ('refused' in read) {
      refused.push(`${file}: ${read.refused}`);
    } else {
      predictions.set(file, predictionsOf(read.analysis.findings(), labelStep(read.analysis, x)));
    }
  }
  return { score: scoreRuns(runs, predictions), predictions, refused };
}

export function describeScore({ score, refused }: CorpusResult): string {
  const kinds = [...score.kinds].toSorted(([left], [right]) => left.localeCompare(right));
  const percent = (share: number): string => share.toFixed(3);
  return [
    table([
      ['kind', 'found', 'of', 'wrong'],
      ...kinds.map(([kind, { found, wanted, wrong }]) => [kind, found, wanted, wrong]),
    ]),
    '',
    `precision ${percent(score.precision)}  recall ${percent(score.recall)}  F1 ${percent(score.f1)}`,
    `healthy runs with a warning or error: ${score.alarmed.length} of ${score.healthy}`,
    ...lines('false alarm', score.alarmed),
    ...lines('missed', score.missed),
    ...lines('not read', refused),
  ].join('\n');
}

function lines(heading: string, entries: readonly string[]): string[] {
  return entries.map((entry) => `  ${heading}: ${entry}`);
}
