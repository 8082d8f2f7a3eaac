import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import type { Finding } from '../../../src/model/finding.js';
import type { JsonValue } from '../../../src/model/json.js';

/** Columns of a log: a value per row, NaN and infinities included; `undefined` is a row without one. */
export type Columns = Readonly<Record<string, readonly (number | undefined)[]>>;

/** A run whose rows are steps 0, `stride`, 2 `stride`, ... */
export function observe(
  columns: Columns,
  { stride = 1, configuration = {} }: { stride?: number; configuration?: Readonly<Record<string, JsonValue>> } = {},
): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {} });
  const sink = analysis.fileSink({ path: 'run' });
  sink.configuration(configuration);
  const rows = Math.max(...Object.values(columns).map(({ length }) => length));
  for (let row = 0; row < rows; row++) {
    for (const [tag, values] of Object.entries(columns)) {
      const value = values[row];
      if (value !== undefined) {
        sink.scalar(sink.tag(tag), row * stride, value, Number.NaN);
      }
    }
  }
  return analysis;
}

export function rows(count: number, value: (row: number) => number): number[] {
  return Array.from({ length: count }, (_, row) => value(row));
}

/** A smoothly falling loss with a small regular ripple. */
export function fallingLoss(row: number): number {
  return (2 + 8 / (1 + row / 20)) * (1 + 0.01 * Math.sin(row * 2.4));
}

export function alarmsOf(analysis: RunAnalysis): readonly Finding[] {
  return analysis.findings().filter(({ severity }) => severity !== 'info');
}

export function symptomsOf(analysis: RunAnalysis): readonly string[] {
  return alarmsOf(analysis).map(({ symptom }) => symptom);
}
