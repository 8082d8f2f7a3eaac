import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const steady = rows(COUNT, (row) => 1 + 0.03 * Math.sin(row * 1.9));
const swinging = rows(COUNT, (row) => 1 + 0.5 * Math.sin(row * 2.1));

export const cases: MonitorCases = {
  triggers: {
    'the way up swings, the way down does not': {
      columns: {
        'activation/down_blocks.0/rms': steady,
        'activation/down_blocks.1/rms': steady,
        'activation/up_blocks.0/rms': swinging,
        'activation/up_blocks.1/rms': swinging,
      },
      finds: [
        { symptom: 'oscillation', severity: 'info', fromStep: [95, 105], explanation: /2 of 2 layers on the way up/ },
      ],
    },
  },
  lookAlikes: {
    'both ways swing with the batches': {
      columns: { 'activation/down_blocks.0/rms': swinging, 'activation/up_blocks.0/rms': swinging },
    },
    'one layer of three': {
      columns: {
        'activation/encoder.0/rms': steady,
        'activation/decoder.0/rms': swinging,
        'activation/decoder.1/rms': steady,
        'activation/decoder.2/rms': steady,
      },
    },
    'small swings': {
      columns: {
        'activation/input_blocks.0/rms': rows(COUNT, () => 1),
        'activation/output_blocks.0/rms': rows(COUNT, (row) => 1 + 0.1 * Math.sin(row * 2.1)),
      },
    },
  },
  notEvaluated: {
    'no U-Net': { columns: { 'activation/layers.0/rms': swinging }, missing: /both ways of a U-Net/ },
    'few rows': {
      columns: { 'activation/down_blocks.0/rms': [1, 2], 'activation/up_blocks.0/rms': [1, 2] },
      missing: /over \d+ rows/,
    },
  },
};
