import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { observe, rows } from './observe.js';
import type { Columns } from './observe.js';

const COUNT = 60;
const LAYERS = 8;

/** Gradient norms of one tensor in each of the layers; `factor` from one layer to the next. */
function layers(factor: (row: number) => number, name = (layer: number) => `layers.${layer}.mlp.weight`): Columns {
  return Object.fromEntries(
    Array.from({ length: LAYERS }, (_, layer) => [
      `grad_norm/${name(layer)}`,
      rows(COUNT, (row) => (1 + 0.2 * Math.sin(row * 1.3 + layer)) * factor(row) ** (layer - LAYERS)),
    ]),
  );
}

function seen(columns: Columns) {
  return observe(columns)
    .findings()
    .filter(({ monitor }) => monitor === 'gradient-imbalance');
}

const FADING = layers(() => 4);

describe('gradients over depth', () => {
  it('that fade towards the first layers a thousandfold are a warning', () => {
    const [finding] = seen(FADING);
    expect(finding).toMatchObject({ symptom: 'gradient-imbalance', severity: 'warning', fromStep: 0, toStep: 59 });
    expect(finding?.title).toMatch(/^Gradients of the first layers are/);
    expect(finding?.evidence[0]?.tag).toBe('grad_norm/layers.0.mlp.weight');
  });

  it('that fade the other way round name the last layers', () => {
    expect(seen(layers(() => 1 / 4))[0]?.title).toMatch(/^Gradients of the last layers are/);
  });

  it('that fade a hundredfold are a note', () => {
    expect(seen(layers(() => 2.3))).toMatchObject([{ severity: 'info' }]);
  });

  it.each([
    ['slope gently', layers(() => 1.6)],
    ['are out of balance during warmup', layers((row) => (row < 30 ? 5 : 1.1))],
    [
      'belong to normalisation',
      layers(
        () => 4,
        (layer) => `layers.${layer}.norm.weight`,
      ),
    ],
    [
      'belong to biases',
      layers(
        () => 4,
        (layer) => `layers.${layer}.mlp.bias`,
      ),
    ],
    ['are small in the embedding', { ...layers(() => 1.1), 'grad_norm/embed.weight': rows(COUNT, () => 1e-9) }],
    ['are zero in frozen layers', { ...layers(() => 1.1), 'grad_norm/layers.0.mlp.weight': rows(COUNT, () => 0) }],
  ])('are healthy when they %s', (_, columns) => {
    expect(seen(columns)).toEqual([]);
  });

  it('need numbered layers', () => {
    const plain = observe({ 'grad_norm/encoder.weight': rows(COUNT, () => 1) }).notEvaluated();
    expect(plain.find(({ monitor }) => monitor === 'gradient-imbalance')?.missing[0]).toContain('4 numbered layers');
  });

  it('give the same finding however the log is cut', () => {
    const [whole, cut] = wholeAndCut(FADING);
    expect(whole).toContain('gradient-imbalance:');
    expect(cut).toBe(whole);
  });
});
