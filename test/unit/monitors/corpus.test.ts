import { beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder, sharedCorpus } from '../../corpus/labels.js';
import { scoreCorpus } from '../../corpus/scoreboard.js';
import type { ScoredCorpus } from '../../corpus/scoreboard.js';

const folder = corpusFolder();
const BARRED_KINDS = ['nan', 'divergence', 'loss_spike'];

describe.skipIf(folder === undefined)(
  `monitors over runs of other people${folder === undefined ? ' (skipped: EVENKEEL_CORPUS is not set and ../shared/corpus is not there)' : ''}`,
  () => {
    let scored: ScoredCorpus;

    beforeAll(() => {
      scored = scoreCorpus(sharedCorpus(folder ?? ''));
    }, 300_000);

    it('finds at least 80 % of the sure NaN, divergence and spike labels', () => {
      const kinds = BARRED_KINDS.map((kind) => scored.score.kinds.get(kind) ?? { found: 0, wanted: 1 });
      const found = kinds.reduce((sum, kind) => sum + kind.found, 0);
      const wanted = kinds.reduce((sum, kind) => sum + kind.wanted, 0);
      expect(found / wanted, scored.score.missed.join('\n')).toBeGreaterThanOrEqual(0.8);
    });

    it('alarms on at most 3 % of the healthy runs', () => {
      expect(scored.score.healthy).toBeGreaterThan(0);
      expect(scored.score.alarmed.length / scored.score.healthy, scored.score.alarmed.join('\n')).toBeLessThanOrEqual(
        0.03,
      );
    });

    it('reaches a total F1 of 0.9', () => {
      expect(scored.score.f1).toBeGreaterThanOrEqual(0.9);
    });

    it('reads every run', () => {
      expect(scored.refused).toEqual([]);
    });
  },
  600_000,
);
