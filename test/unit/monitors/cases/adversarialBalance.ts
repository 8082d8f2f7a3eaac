import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 300;
const ripple = (row: number): number => 1 + 0.2 * Math.sin(row * 1.9);
const won = rows(COUNT, (row) => (row < 100 ? 1.3 : 0.02) * ripple(row));
const swinging = (widening: number): number[] => rows(COUNT, (row) => Math.sin(row * 0.7) * Math.exp(row * widening));

export const cases: MonitorCases = {
  triggers: {
    'a discriminator that is never wrong': {
      columns: { d_loss: won, g_loss: rows(COUNT, (row) => (row < 100 ? 0.8 : 4 + row / 60)) },
      finds: [{ symptom: 'other', severity: 'warning', fromStep: [100, 106], title: /never wrong/ }],
    },
    'the same by its outputs': {
      columns: {
        Loss_D: rows(COUNT, (row) => 0.4 * ripple(row)),
        Loss_G: rows(COUNT, (row) => (row < 100 ? 0.8 : 4)),
        'D(x)': rows(COUNT, (row) => (row < 150 ? 0.6 : 0.99)),
        'D(G(z))': rows(COUNT, (row) => (row < 150 ? 0.4 : 0.01)),
      },
      finds: [{ symptom: 'other', severity: 'warning', fromStep: [150, 156] }],
    },
    'a discriminator that is never wrong, and a generator that follows': {
      columns: { d_loss: won, g_loss: rows(COUNT, () => 1) },
      finds: [{ symptom: 'other', severity: 'info' }],
    },
    'swings that widen': {
      columns: { critic_loss: swinging(0.02), generator_loss: swinging(0.02) },
      finds: [{ symptom: 'other', severity: 'warning', title: /Both losses of the game grow/ }],
    },
  },
  lookAlikes: {
    'swings of constant width': { columns: { d_loss: swinging(0), g_loss: swinging(0) } },
    'a generator loss that rises': {
      columns: { d_loss: rows(COUNT, (row) => 0.5 * ripple(row)), g_loss: rows(COUNT, (row) => 1 + row / 50) },
    },
    'balanced outputs': {
      columns: {
        Loss_D: rows(COUNT, (row) => 0.8 * ripple(row)),
        Loss_G: rows(COUNT, (row) => 1.5 * ripple(row)),
        'D(x)': rows(COUNT, () => 0.7),
        'D(G(z))': rows(COUNT, () => 0.3),
      },
    },
    'not in play yet': { columns: { 'train/discloss': rows(COUNT, () => 0), 'train/g_loss': rows(COUNT, () => 0.1) } },
    'a Wasserstein distance that shrinks': {
      columns: { critic_loss: rows(COUNT, (row) => -5 / (1 + row / 20)), g_loss: rows(COUNT, (row) => row / 100) },
    },
  },
  notEvaluated: {
    'an actor and a critic': {
      columns: { critic_loss: won, actor_loss: won },
      missing: /loss\/generator or discriminator/,
    },
    'few rows': { columns: { d_loss: [1, 0.01, 0.01], g_loss: [1, 5, 9] }, missing: /at least \d+ rows/ },
  },
};
