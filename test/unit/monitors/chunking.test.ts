import { describe, expect, it } from 'vitest';
import { RunAnalysis } from '../../../src/engine/runAnalysis.js';
import { jsonLines } from '../../../src/readers/jsonLines.js';
import { FAULTY, HEALTHY, Random } from '../../corpus/syntheticRuns.js';
import type { MadeRecord } from '../../corpus/syntheticRuns.js';

function asJsonLines(records: readonly MadeRecord[]): Uint8Array {
  const lines = records.map(({ tag, step, value }) => {
    const written = Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? JSON.stringify(value) : 'Infinity';
    return `{"step": ${step}, ${JSON.stringify(tag)}: ${written}}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

function findingsOf(bytes: Uint8Array, chunks: () => number): string {
  const analysis = new RunAnalysis({ roles: {} });
  const reader = jsonLines.open('run.jsonl', analysis.fileSink({ path: 'run.jsonl' }));
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + chunks());
    reader.read(bytes.subarray(from, to));
    analysis.findings();
    from = to;
  }
  reader.end();
  return JSON.stringify([analysis.findings(), analysis.evaluated(), analysis.notEvaluated()]);
}

describe('the cut of the bytes never changes a finding', () => {
  const families = [...FAULTY, ...HEALTHY].map((family) => [family.name, family] as const);
  it.each(families)('%s', (_, family) => {
    const random = new Random(11);
    const bytes = asJsonLines(family.make(new Random(5)).records.slice(0, 1500));
    const whole = findingsOf(bytes, () => bytes.length);
    expect(findingsOf(bytes, () => random.integer(1, bytes.length >> 3))).toBe(whole);
  });

  it('byte by byte', () => {
    const [family] = FAULTY;
    const bytes = asJsonLines(family?.make(new Random(5)).records.slice(0, 600) ?? []);
    const reader = findingsOf(bytes, () => bytes.length);
    let asked = 0;
    const analysis = new RunAnalysis({ roles: {} });
    const byByte = jsonLines.open('run.jsonl', analysis.fileSink({ path: 'run.jsonl' }));
    for (const byte of bytes) {
      byByte.read(Uint8Array.of(byte));
      asked++;
    }
    byByte.end();
    expect(asked).toBe(bytes.length);
    expect(JSON.stringify([analysis.findings(), analysis.evaluated(), analysis.notEvaluated()])).toBe(reader);
  });
});
