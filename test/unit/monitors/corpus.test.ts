import { beforeAll, describe, expect, it } from 'vitest';
import { describeScore, scoreCorpus } from '../../corpus/corpusScore.js';
import { corpusFolder } from '../../corpus/labels.js';

const folder = corpusFolder();
const BARRED_KINDS = ['nan', 'divergence', 'loss_spike'];

describe.skipIf(folder === undefined)(
  `monitors over labelled runs${folder === undefined ? ' (skipped: EVENKEEL_CORPUS is not set and ../shared/corpus is not there)' : ''}`,
  () => {
    let result: ReturnType<typeof scoreCorpus>;

    beforeAll(() => {
      result = scoreCorpus(folder ?? '');
    }, 120_000);

    it('finds at least 80 % of the sure NaN, divergence and spike labels', () => {
      console.log(describeScore(result));
      const kinds = BARRED_KINDS.map((kind) => result.score.kinds.get(kind) ?? { found: 0, wanted: 1 });
      const found = kinds.reduce((sum, kind) => sum + kind.found, 0);
      const wanted = kinds.reduce((sum, kind) => sum + kind.wanted, 0);
      expect(found / wanted).toBeGreaterThanOrEqual(0.8);
    });

    it('alarms on at most 3 % of the healthy runs', () => {
      expect(result.score.healthy).toBeGreaterThan(0);
      expect(result.score.alarmed.length / result.score.healthy).toBeLessThanOrEqual(0.03);
    });

    it('reaches a total F1 of 0.9', () => {
      expect(result.score.f1).toBeGreaterThanOrEqual(0.9);
    });
  },
  120_000,
);
