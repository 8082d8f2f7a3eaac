import { describe, expect, it } from 'vitest';
import { matchWords, previewWords, templateOfLine } from '../../../src/extension/presentation/linePattern.js';
import { previewPattern } from '../../../src/readers/userPattern.js';

describe('a template from a line', () => {
  it.each([
    ['step 12 loss=2.5', 'step {step} loss={loss}'],
    ['it 3/900 | cost: 1e-3, lr 0.01', 'it {step}/{total} | cost: {cost}, lr {lr}'],
    ['Epoch 4 train/ce=nan', 'Epoch {epoch} train/ce={train/ce}'],
    ['{"a": 1}', '{*}"a": 1{*}'],
    ['nothing to see', 'nothing to see'],
  ])('%s', (line, template) => {
    expect(templateOfLine(line)).toBe(template);
  });

  it.each(['step 12 loss=2.5', 'it 3/900 | cost: 1e-3, lr 0.01', 'Epoch 4 train/ce=nan'])(
    'reads its own line: %s',
    (line) => {
      const preview = previewPattern(templateOfLine(line), [line]);
      expect(preview.ok && preview.value.length).toBe(1);
    },
  );
});

describe('a preview in words', () => {
  const line = { match: [0, 1], parts: [] } as const;
  it('counts lines, and names steps and values from first to last', () => {
    const matches = [
      { ...line, line: 0, step: 10, pairs: [{ name: 'loss', value: 2.5 }] },
      { ...line, line: 4, step: 1200, pairs: [{ name: 'loss', value: NaN }] },
    ];
    expect(previewWords({ matches }, 2000)).toBe(
      '2 of the first 2,000 lines match · steps 10 to 1,200 · loss 2.500 … NaN',
    );
    expect(matchWords(matches[1]!)).toBe('step 1,200 · loss NaN');
  });

  it('says when nothing matches, when there are no steps, and what is wrong', () => {
    expect(previewWords({ matches: [] }, 7)).toBe('None of the first 7 lines matches.');
    const matches = [{ ...line, line: 0, step: NaN, pairs: [{ name: 'loss', value: 2 }] }];
    expect(previewWords({ matches }, 7)).toContain('no step: lines are counted');
    expect(previewWords({ error: 'Unterminated group' }, 7)).toBe('Unterminated group');
  });
});
