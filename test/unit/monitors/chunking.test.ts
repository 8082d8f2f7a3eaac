import { describe, expect, it } from 'vitest';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { jsonLines } from '../../../src/readers/jsonLines.js';
import { FAULTY, HEALTHY, Random } from '../../corpus/syntheticRuns.js';
import { asJsonLines, findingsOf } from './inChunks.js';

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
    expect(JSON.stringify([analysis.findings(), analysis.coverage()])).toBe(reader);
  });
});
