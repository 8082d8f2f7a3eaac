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

it('spikes of a run that has diverged are links in its story, those long before are not', () => {
  const loss = rows(900, (row) => (row < 450 ? fallingLoss(row) : 12 + 0.2 * Math.sin(row * 2.4)));
  loss[200] = 40;
  loss[700] = 300;
  const found = alarmsOf(observe({ loss }));
  expect(found.map(({ symptom, fromStep }) => [symptom, fromStep > 400])).toEqual([
    ['divergence', true],
    ['loss-spike', false],
  ]);
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
