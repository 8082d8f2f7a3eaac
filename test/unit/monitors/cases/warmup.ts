import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const configuration = { optimizer: 'AdamW' };
const constant = rows(300, () => 1e-3);
/** Rises in a straight line to the peak within so many rows. */
const risesFor = (warmup: number): number[] => rows(300, (row) => 1e-3 * Math.min(1, (row + 1) / warmup));

export const cases: MonitorCases = {
  triggers: {
    'AdamW from the peak on': {
      columns: { lr: constant },
      configuration,
      finds: [{ symptom: 'warmup', severity: 'info', fromStep: 0 }],
    },
    'a first rate of step 8 in a short run': {
      columns: { lr: rows(20, () => 1e-3) },
      stride: 8,
      configuration,
      finds: [{ symptom: 'warmup', severity: 'info' }],
    },
    'a first rate of step 100 in a run of 100,000': {
      columns: { lr: constant },
      steps: rows(300, (row) => 100 + row * 100),
      totalSteps: 100_000,
      configuration,
      finds: [{ symptom: 'warmup', severity: 'info' }],
    },
    'eight rows': {
      columns: { lr: rows(8, () => 1e-3) },
      configuration,
      finds: [{ symptom: 'warmup', severity: 'info' }],
    },
  },
  lookAlikes: {
    'a warmup of 50 rows': { columns: { lr: risesFor(50) }, configuration },
    'a warmup of two rows': { columns: { lr: risesFor(2) }, configuration },
  },
  notEvaluated: {
    SGD: { columns: { lr: constant }, configuration: { optimizer: 'SGD' }, missing: /Adam/ },
    'a log that begins later': {
      columns: { lr: constant },
      steps: rows(300, (row) => 50 + row),
      configuration,
      missing: /beginning of the schedule/,
    },
    'no rate': { columns: { loss: constant }, configuration, missing: /learning-rate/ },
    'three rows': { columns: { lr: [1, 1, 1] }, configuration, missing: /fewer than/ },
  },
};
