import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const alive = rows(30, (row) => 1 + 0.1 * Math.sin(row));
const zeros = rows(30, () => 0);

export const cases: MonitorCases = {
  triggers: {
    'one tensor of three': {
      columns: { 'gradient-norm/a.weight': alive, 'gradient-norm/b.weight': zeros, 'gradient-norm/c.weight': alive },
      finds: [{ symptom: 'gradient-vanishing', severity: 'info', fromStep: 0, toStep: 29, title: /b\.weight/ }],
    },
    'two of them': {
      columns: { 'gradient-norm/a.weight': alive, 'gradient-norm/b.weight': zeros, 'gradient-norm/c.weight': zeros },
      finds: [{ symptom: 'gradient-vanishing', severity: 'info', title: /2 of 3 tensors/ }],
    },
  },
  lookAlikes: {
    'a branch that begins at zero': {
      columns: { 'gradient-norm/a.weight': alive, 'gradient-norm/b.weight': rows(30, (row) => (row === 0 ? 0 : 0.5)) },
    },
    'a tensor that wakes after ten rows': {
      columns: { 'gradient-norm/a.weight': alive, 'gradient-norm/b.weight': rows(30, (row) => (row < 10 ? 0 : 0.5)) },
    },
    'a tensor that stops': {
      columns: { 'gradient-norm/a.weight': alive, 'gradient-norm/b.weight': rows(30, (row) => (row < 5 ? 1 : 0)) },
    },
    'a tensor that joined late': {
      columns: {
        'gradient-norm/a.weight': alive,
        'gradient-norm/b.weight': rows(30, (row) => (row < 20 ? undefined : 0) as number),
      },
    },
  },
  notEvaluated: {
    'all of them': {
      columns: { 'gradient-norm/a.weight': zeros, 'gradient-norm/b.weight': zeros },
      missing: /not zero/,
    },
    'ten rows': { columns: { 'gradient-norm/a.weight': alive.slice(0, 10) }, missing: /20 rows/ },
    'the whole norm alone': { columns: { grad_norm: alive }, missing: /gradient-norm\/\*/ },
  },
};
