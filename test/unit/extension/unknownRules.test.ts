import { describe, expect, it } from 'vitest';
import { inlayTexts } from '../../../src/extension/presentation/inlayText.js';
import { languageOfFile, maySetUpTraining } from '../../../src/extension/presentation/sourceCandidates.js';
import { unknownRules } from '../../../src/extension/presentation/unknownRules.js';
import { RULE_IDS } from '../../../src/loops/rules/ruleIds.js';
import { RULES } from '../../../src/loops/rules/rules.js';

describe('the setting for rules', () => {
  it('knows every rule by its id', () => {
    expect([...RULE_IDS].sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it('tells which names no rule has', () => {
    expect(unknownRules({ 'adam-l2': 'off', 'adam-12': 'off', 'Missing-zero-grad': 'error' })).toEqual([
      'adam-12',
      'Missing-zero-grad',
    ]);
  });
});

describe('inlay hints', () => {
  const loop = { backward: { line: 4 }, step: { line: 7 }, clipping: { kind: 'norm', line: 5 } } as const;

  it('stand where gradients are made and where they are bounded', () => {
    expect(inlayTexts(loop, { lastLoss: 2.5, lastGradientNorm: 4.92 })).toEqual([
      { line: 4, text: 'loss 2.50' },
      { line: 5, text: 'gradient norm 4.92' },
    ]);
    const unclipped = { ...loop, clipping: { kind: 'none' } } as const;
    expect(inlayTexts(unclipped, { lastLoss: null, lastGradientNorm: 1 })).toEqual([
      { line: 7, text: 'gradient norm 1.00' },
    ]);
    expect(inlayTexts({ clipping: { kind: 'none' } }, { lastLoss: 1, lastGradientNorm: 1 })).toEqual([]);
  });
});

describe('files that may train', () => {
  it('are known by their names', () => {
    expect(['a.py', 'b.IPYNB', 'c.mjs', 'd.cts', 'e.yaml', 'py'].map(languageOfFile)).toEqual([
      'python',
      'notebook',
      'javascript',
      'typescript',
      null,
      null,
    ]);
  });

  it('or that set training up, by what they speak of', () => {
    expect(maySetUpTraining('lr: 1e-3')).toBe(true);
    expect(maySetUpTraining('{ "compilerOptions": {} }')).toBe(false);
  });
});
