import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { observe, rows } from './observe.js';
import type { Columns } from './observe.js';

const COUNT = 400;
const ripple = (row: number): number => 1 + 0.05 * Math.sin(row * 1.9);
/** Rewards that grow to their best, and those that fall back from step 200 on. */
const growing = rows(COUNT, (row) => 1 - Math.exp(-row / 80) + 0.01 * Math.sin(row * 2.3));
const lost = rows(COUNT, (row) => (row < 200 ? (growing[row] ?? 0) : 0.1));
const flat = rows(COUNT, (row) => 0.3 + 0.005 * Math.sin(row * 2.3));

const ENTROPY = { entropy: rows(COUNT, (row) => 2 * ripple(row) * (row < 150 ? 1 : 0.02)), reward: flat };
const KL = { kl: rows(COUNT, (row) => (row < 200 ? (0.2 * row) / 200 : 5) * ripple(row)), reward: lost };
const LENGTH = {
  'completions/mean_length': rows(COUNT, (row) => (row < 200 ? 200 : 900) * ripple(row)),
  reward: lost,
};

function seen(monitor: string, columns: Columns) {
  return observe(columns)
    .findings()
    .filter((finding) => finding.monitor === monitor);
}

describe('entropy collapse', () => {
  it('is a warning when the reward gains nothing', () => {
    expect(seen('entropy-collapse', ENTROPY)).toMatchObject([
      { symptom: 'policy-collapse', severity: 'warning', open: true },
    ]);
    expect(Math.abs((seen('entropy-collapse', ENTROPY)[0]?.fromStep ?? 0) - 150)).toBeLessThan(12);
  });

  it('is a note without rewards', () => {
    expect(seen('entropy-collapse', { entropy: ENTROPY.entropy })).toMatchObject([{ severity: 'info' }]);
  });

  it.each([
    ['a policy that converges', { ...ENTROPY, reward: growing }],
    ['an entropy that halves', { ...ENTROPY, entropy: rows(COUNT, (row) => 2 * 0.998 ** row) }],
    ['an entropy of continuous actions', { ...ENTROPY, entropy: rows(COUNT, (row) => -1 - row / 10) }],
    ['a moment', { ...ENTROPY, entropy: rows(COUNT, (row) => (row > 100 && row < 110 ? 0.01 : 2)) }],
  ])('is not %s', (_, columns) => {
    expect(seen('entropy-collapse', columns)).toEqual([]);
  });
});

describe('a divergence that blows up', () => {
  it('is a warning when the reward falls with it', () => {
    const [finding] = seen('kl-blow-up', KL);
    expect(finding).toMatchObject({ symptom: 'policy-collapse', severity: 'warning', open: true });
    expect(Math.abs((finding?.fromStep ?? 0) - 200)).toBeLessThan(12);
  });

  it('is a note while the reward holds', () => {
    expect(seen('kl-blow-up', { ...KL, reward: growing })).toMatchObject([{ severity: 'info' }]);
  });

  it.each([
    ['grows with the steps', rows(COUNT, (row) => row / 100)],
    ['rises from zero in the first rows', rows(COUNT, (row) => Math.min(row / 10, 2))],
    ['spikes and comes back', rows(COUNT, (row) => (row > 200 && row < 230 ? 9 : 0.2))],
    ['is small', rows(COUNT, (row) => (row < 200 ? 0.001 : 0.05))],
  ])('is not one that %s', (_, kl) => {
    expect(seen('kl-blow-up', { ...KL, kl })).toEqual([]);
  });
});

describe('a length that explodes', () => {
  it('is a warning when the reward falls', () => {
    const [finding] = seen('length-explosion', LENGTH);
    expect(finding).toMatchObject({ symptom: 'policy-collapse', severity: 'warning' });
    expect(Math.abs((finding?.fromStep ?? 0) - 200)).toBeLessThan(12);
  });

  it.each([
    ['reasoning that pays', { ...LENGTH, reward: growing }],
    ['twice the length', { ...LENGTH, 'completions/mean_length': rows(COUNT, (row) => (row < 200 ? 200 : 400)) }],
    ['a few long batches', { ...LENGTH, 'completions/mean_length': rows(COUNT, (row) => (row % 60 < 2 ? 900 : 200)) }],
  ])('is not %s', (_, columns) => {
    expect(seen('length-explosion', columns)).toEqual([]);
  });
});

it.each(['entropy', 'kl', 'completion_length'])('%s of a few rows is not judged', (tag) => {
  const short = observe({ [tag]: rows(10, ripple), reward: rows(10, ripple) });
  const reasons = short.notEvaluated().flatMap(({ missing }) => missing);
  const role = tag === 'entropy' ? 'a positive entropy' : tag.replace('_', '-');
  expect(reasons).toContain(`at least 50 rows of ${role}`);
});

it.each([
  ['entropy-collapse', ENTROPY],
  ['kl-blow-up', KL],
  ['length-explosion', LENGTH],
])('%s is the same however the log is cut', (monitor, columns) => {
  const [whole, cut] = wholeAndCut(columns);
  expect(whole).toContain(`${monitor}:`);
  expect(cut).toBe(whole);
});
