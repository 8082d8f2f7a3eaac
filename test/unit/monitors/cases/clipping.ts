import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const norm = (row: number): number => 3 + Math.sin(row * 2.4);
const grad_norm = rows(150, norm);
const limited = (limit: number): number[] => grad_norm.map((value) => Math.min(limit, value));

export const cases: MonitorCases = {
  triggers: {
    'above the limit of the configuration': {
      columns: { grad_norm },
      configuration: { max_grad_norm: 1 },
      finds: [{ symptom: 'learning-rate', severity: 'info', fromStep: 0, toStep: 149, title: /clipped in 100 %/ }],
    },
    'logged before and after': {
      columns: { grad_norm, clipped_grad_norm: limited(2.02) },
      finds: [{ symptom: 'learning-rate', severity: 'info', title: /clipped in/ }],
    },
    'logged after clipping': {
      columns: { grad_norm: rows(150, (row) => (row % 20 === 3 ? 0.7 : 1 - 0.0004 * (row % 3))) },
      finds: [{ symptom: 'learning-rate', severity: 'info', title: /logged after clipping/ }],
    },
    'as a share that the hook counts': {
      columns: { 'clip-fraction': rows(100, (row) => 0.95 + 0.03 * Math.sin(row)) },
      finds: [{ symptom: 'learning-rate', severity: 'info' }],
    },
  },
  lookAlikes: {
    'in three steps of four': { columns: { grad_norm }, configuration: { max_grad_norm: 2.4 } },
    'no limit known': { columns: { grad_norm } },
    'a norm that moves by a percent': { columns: { grad_norm: rows(150, (row) => 1 + 0.008 * Math.sin(row * 2.4)) } },
    'in the first 60 rows': {
      columns: { grad_norm: rows(150, (row) => (row < 60 ? 5 : 0.5 + 0.1 * Math.sin(row * 2.4))) },
      configuration: { max_grad_norm: 1 },
    },
  },
  notEvaluated: {
    'eighty rows': { columns: { grad_norm: grad_norm.slice(0, 80) }, missing: /100 rows/ },
    'no norm': { columns: { loss: grad_norm }, missing: /gradient-norm/ },
  },
};
