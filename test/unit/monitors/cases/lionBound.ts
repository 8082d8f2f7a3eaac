import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 60;
const configuration = { 'optimizer.name': 'Lion', weight_decay: 0.5 };
const held = rows(COUNT, (row) => 2 * (1 - Math.exp(-(row + 1) / 8)));
const free = rows(COUNT, () => 0.4);

export const cases: MonitorCases = {
  triggers: {
    'most tensors at the bound': {
      configuration,
      columns: { 'weight-absmax/a.weight': held, 'weight-absmax/b.weight': held, 'weight-absmax/c.weight': free },
      finds: [
        {
          symptom: 'other',
          severity: 'info',
          title: /at 2$/,
          explanation: /2 of 3 tensors \(a\.weight and b\.weight\)/,
        },
      ],
    },
  },
  lookAlikes: {
    'within the bound': { configuration, columns: { 'weight-absmax/a.weight': free, 'weight-absmax/b.weight': free } },
    'one tensor of three': {
      configuration,
      columns: { 'weight-absmax/a.weight': held, 'weight-absmax/b.weight': free, 'weight-absmax/c.weight': free },
    },
  },
  notEvaluated: {
    'another optimizer': {
      configuration: { ...configuration, 'optimizer.name': 'AdamW' },
      columns: { 'weight-absmax/a.weight': held },
      missing: /Lion/,
    },
    'no weight decay': {
      configuration: { ...configuration, weight_decay: 0 },
      columns: { 'weight-absmax/a.weight': held },
      missing: /weight decay above 0/,
    },
    'few rows': { configuration, columns: { 'weight-absmax/a.weight': [2, 2, 2] }, missing: /at least \d+ rows/ },
  },
};
