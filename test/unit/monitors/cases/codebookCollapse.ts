import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 150;
const ripple = (row: number): number => 1 + 0.03 * Math.sin(row * 1.9);
const commitment = rows(COUNT, () => 0.02);

export const cases: MonitorCases = {
  triggers: {
    'a twentieth of the codes': {
      columns: { codebook_usage: rows(COUNT, (row) => 0.05 * ripple(row)) },
      finds: [{ symptom: 'other', severity: 'info', title: /5 % of the codes/ }],
    },
    'one code': {
      columns: { perplexity: rows(COUNT, (row) => (row < 30 ? 8 : 1.3)), commitment_loss: commitment },
      finds: [{ symptom: 'other', severity: 'warning', fromStep: [30, 34] }],
    },
    'most codes are lost': {
      columns: { 'vq/perplexity': rows(COUNT, (row) => (row < 60 ? 300 : 20) * ripple(row)) },
      finds: [{ symptom: 'other', severity: 'warning', fromStep: [60, 64] }],
    },
    'codes used unevenly all along': {
      configuration: { 'model.num_embeddings': 1024 },
      columns: { 'vq/perplexity': rows(COUNT, (row) => 60 * ripple(row)) },
      finds: [{ symptom: 'other', severity: 'info', title: /about 60 of 1,024 codes/ }],
    },
  },
  lookAlikes: {
    'few codes at the start': {
      columns: { codebook_usage: rows(COUNT, (row) => Math.min(0.95, 0.02 + row / 60)), commitment_loss: commitment },
    },
    'a perplexity of half the codes': {
      configuration: { num_embeddings: 512 },
      columns: { perplexity: rows(COUNT, (row) => 250 * ripple(row)), commitment_loss: commitment },
    },
    'a usage that comes back': {
      columns: { codebook_usage: rows(COUNT, (row) => (row > 40 && row < 90 ? 0.05 : 0.8)) },
    },
  },
  notEvaluated: {
    'a language model': {
      columns: { perplexity: rows(COUNT, () => 1.5), loss: commitment },
      missing: /commitment loss/,
    },
    'few rows': { columns: { codebook_usage: [0.01, 0.01, 0.01] }, missing: /at least \d+ rows/ },
  },
};
