import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFromPanel, parsePanelState } from '../../../src/contract/panelMessages.js';

const envelope = { type: 'envelope', request: 4, tag: 'loss', axis: 'step', buckets: 800 };

describe('parseFromPanel', () => {
  it.each([
    { type: 'ready' },
    { type: 'open-log' },
    envelope,
    { ...envelope, rank: 3, from: -1.5, to: 20 },
    { ...envelope, run: 'other' },
    { type: 'compare', runs: ['a', 'b'] },
    { type: 'save-chart', name: 'Loss', format: 'csv', content: new Uint8Array(3) },
    { type: 'apply-fix', fix: 'clip-gradients', finding: 'f' },
    { type: 'copy-finding', finding: 'f' },
    { type: 'open-checkpoint', path: '/runs/a/checkpoint-500/model.safetensors' },
    { type: 'compare-checkpoints', first: '/a.pt', second: '/b.pt' },
    { type: 'show-docs', monitor: 'loss-spike' },
  ])('passes $type on as it is', (message) => {
    expect(parseFromPanel(message)).toEqual(message);
  });

  it.each([
    ['no object', 'ready'],
    ['an unknown type', { type: 'eval' }],
    ['a missing tag', { ...envelope, tag: undefined }],
    ['an unknown axis', { ...envelope, axis: 'epochs' }],
    ['more runs than can be told apart', { type: 'compare', runs: Array(6).fill('a') }],
    ['a run that is no id', { ...envelope, run: 7 }],
    ['a file of another kind', { type: 'save-chart', name: 'a', format: 'exe', content: new Uint8Array() }],
    ['no buckets', { ...envelope, buckets: 0 }],
    ['more buckets than any screen', { ...envelope, buckets: 1e9 }],
    ['a range in words', { ...envelope, from: '0' }],
    ['an unbounded range', { ...envelope, to: Number.POSITIVE_INFINITY }],
    ['a checkpoint without a path', { type: 'open-checkpoint' }],
    ['a comparison of one checkpoint', { type: 'compare-checkpoints', first: '/a.pt' }],
    ['a fix without a name', { type: 'apply-fix', finding: 'f' }],
    ['an inherited type', Object.create({ __proto__: null })],
  ])('refuses %s', (_, message) => {
    expect(parseFromPanel(message)).toBeUndefined();
  });

  it('drops fields that the protocol does not have', () => {
    expect(parseFromPanel({ type: 'ready', command: 'rm' })).toEqual({ type: 'ready' });
  });

  it('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (message) => {
        parseFromPanel(message);
        parsePanelState(message);
      }),
      { seed: 5 },
    );
  });
});

describe('parsePanelState', () => {
  it('keeps the name of the run alone', () => {
    expect(parsePanelState({ run: 'abc', axis: 'step', logarithmicY: [] })).toEqual({ run: 'abc' });
    expect(parsePanelState({ run: 3 })).toBeUndefined();
    expect(parsePanelState(undefined)).toBeUndefined();
  });
});
