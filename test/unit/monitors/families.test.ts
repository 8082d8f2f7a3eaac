import { describe, expect, it } from 'vitest';
import { FAULTY, HEALTHY } from '../../corpus/syntheticRuns.js';
import { scoreFaulty, scoreHealthy } from '../../corpus/syntheticTable.js';

const SEEDS = 6;

describe('healthy runs stay without a warning', () => {
  it.each(HEALTHY.map((family) => [family.name, family] as const))('%s', (_, family) => {
    expect(scoreHealthy(SEEDS, [family])[0]?.examples).toEqual([]);
  });
});

describe('faults are reported', () => {
  it.each(FAULTY.map((family) => [family.name, family] as const))('%s', (_, family) => {
    const [score] = scoreFaulty(SEEDS, [family]);
    expect(score?.failures, score?.examples.join('\n')).toBeLessThanOrEqual(1);
  });
});
