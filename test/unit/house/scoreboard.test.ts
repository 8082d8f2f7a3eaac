import { describe, expect, it } from 'vitest';
import { ownCorpus } from '../../corpus/labels.js';
import { keptResults } from '../../corpus/results.js';
import { kindsSaid } from '../../corpus/scoreboard.js';
import { PRODUCT, watchRun } from '../../corpus/watchRun.js';

/** Every so many runs are played again here; `npm run corpus` plays all of them. */
const EVERY = 12;

const kept = keptResults();

describe.each(['tuning', 'reporting'] as const)('the kept scoreboard of the %s half', (half) => {
  const { runs } = ownCorpus(half);
  const result = kept.find(({ id }) => id === half);

  it('is of the runs that are there', () => {
    expect(Object.keys(result?.said ?? {}).toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
  });

  it.each(runs.filter((_, at) => at % EVERY === 0))('is what the monitors say of $id', (run) => {
    const watched = watchRun(run, []);
    const predictions = 'judges' in watched ? (watched.judges.get(PRODUCT)?.predictions ?? []) : [];
    expect(kindsSaid(new Map([[run.id, predictions]]))[run.id], 'npm run corpus -- --write').toEqual(
      result?.said?.[run.id],
    );
  });
});

describe('the corpus', () => {
  it('has 150 runs of its own and more, a third of them healthy', () => {
    const runs = [...ownCorpus('tuning').runs, ...ownCorpus('reporting').runs];
    expect(runs.length).toBeGreaterThanOrEqual(150);
    expect(runs.filter(({ healthy }) => healthy).length).toBeGreaterThanOrEqual(runs.length / 3);
  });

  it('was scored with runs of other people, too', () => {
    expect(kept.map(({ id }) => id)).toEqual(['shared', 'tuning', 'reporting']);
  });
});

describe.each(['shared', 'reporting'])('on the %s runs', (id) => {
  const result = kept.find((one) => one.id === id);
  const [product, ...baselines] = result?.judges ?? [];

  it('the monitors reach a total F1 of 0.9 with at most one false alarm in 100 healthy runs', () => {
    expect(product?.f1).toBeGreaterThanOrEqual(0.9);
    expect(product?.falseAlarms).toBeLessThanOrEqual(1);
  });

  it.each(baselines)('they are as good as $title on whatever it covers', ({ kinds }) => {
    const worse = Object.entries(kinds).filter(([kind, { f1 }]) => f1 > (product?.kinds[kind]?.f1 ?? 0));
    expect(worse).toEqual([]);
  });
});
