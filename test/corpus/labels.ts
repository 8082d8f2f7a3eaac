import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a person saw in a run. Steps count what the row's `x` says. */
export interface Label {
  readonly kind: string;
  readonly step_from: number | null;
  readonly step_to: number | null;
  readonly confidence: 'sure' | 'likely';
  readonly why: string;
}

export interface LabelledRun {
  readonly file: string;
  /** What the labels' steps count: "step", "ordinal of the mode==\"train\" line ...". */
  readonly x: string;
  readonly labels: readonly Label[];
  readonly note: string;
}

/** The folder of labelled real runs: `EVENKEEL_CORPUS`, or `../shared/corpus` beside the repository; undefined when absent. */
export function corpusFolder(): string | undefined {
  const folder = process.env['EVENKEEL_CORPUS'] ?? join(import.meta.dirname, '../../../shared/corpus');
  return existsSync(join(folder, 'LABELS.jsonl')) ? folder : undefined;
}

export function readLabels(folder: string): readonly LabelledRun[] {
  return readFileSync(join(folder, 'LABELS.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledRun);
}
