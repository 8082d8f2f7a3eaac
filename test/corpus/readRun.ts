import { readFileSync } from 'node:fs';
import { RunAnalysis } from '../../src/engine/runAnalysis.js';
import { recogniseFormat } from '../../src/readers/formats.js';
import { HEAD_BYTES } from '../../src/readers/reader.js';

/** A log read to its end, or why it was not. */
export type ReadRun = { readonly analysis: RunAnalysis } | { readonly refused: string };

/** Reads one log file with the product's readers. */
export function readRun(path: string): ReadRun {
  const bytes = readFileSync(path);
  const answer = recogniseFormat({ path, bytes: bytes.subarray(0, HEAD_BYTES), size: bytes.length });
  if ('refused' in answer) {
    return answer;
  }
  const analysis = new RunAnalysis({ roles: {} });
  const reader = answer.format.open(path, analysis.fileSink({ path }));
  reader.read(bytes);
  reader.end();
  return { analysis };
}

/**
 * From a step of the log to what the labels count: the same, or the number of the row of the training loss, where the
 * labels count rows.
 */
export function labelStep(analysis: RunAnalysis, x: string): (step: number) => number {
  if (!x.startsWith('ordinal')) {
    return (step) => step;
  }
  const series = analysis.signals().find(({ role }) => role === 'train/loss')?.series;
  return (step) => {
    let row = 0;
    while (series !== undefined && row < series.length && series.stepAt(row) < step) {
      row++;
    }
    return row + 1;
  };
}
