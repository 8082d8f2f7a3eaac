import { expect, it } from 'vitest';
import { alarmsOf, fallingLoss, observe, rows } from './observe.js';

it('a collapsed loss scale is a link in the story of the NaN', () => {
  const [finding, ...others] = alarmsOf(
    observe({
      loss: rows(300, (row) => (row < 220 ? fallingLoss(row) : Number.NaN)),
      loss_scale: rows(300, (row) => (row < 200 ? 65536 : Math.max(65536 / 2 ** (row - 199), 1))),
    }),
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ symptom: 'non-finite', severity: 'error' });
  expect(finding?.chain?.map(({ symptom }) => symptom)).toEqual(['precision', 'non-finite']);
});

it('vanished gradients are a link in the story of the plateau, once', () => {
  const [finding, ...others] = alarmsOf(
    observe({
      loss: rows(500, (row) => 10.95 + 0.03 * Math.sin(row * 1.7)),
      grad_norm: rows(500, (row) => Math.max(1e-6, 0.5 ** row)),
    }),
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ symptom: 'plateau' });
  expect(finding?.chain?.map(({ symptom }) => symptom).toSorted()).toEqual(['gradient-vanishing', 'plateau']);
});

it('dead layers are a link in the story of the plateau', () => {
  const [finding, ...others] = alarmsOf(
    observe({
      loss: rows(500, (row) => 3.6 + 0.03 * Math.sin(row * 1.7)),
      'activation/layers.0/dormant': rows(500, () => 0.995),
      'activation/layers.1/dormant': rows(500, () => 1),
    }),
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ symptom: 'plateau' });
  expect(finding?.chain?.map(({ symptom }) => symptom).toSorted()).toEqual(['activations', 'plateau']);
});
