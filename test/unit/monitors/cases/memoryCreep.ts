import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const creeping = (count: number, growth: number): number[] =>
  rows(count, (row) => 8000 * (1 + (growth * row) / count) + 20 * Math.sin(row * 2.4));

export const cases: MonitorCases = {
  triggers: {
    'a half more to the end': {
      columns: { 'gpu/0/memory': creeping(400, 0.5) },
      finds: [{ symptom: 'hardware', severity: 'info', fromStep: [75, 90], toStep: 399, open: true }],
    },
    'the memory of the process, by a quarter': {
      columns: { 'system/proc.memory.rssMB': creeping(110, 0.25) },
      finds: [{ symptom: 'hardware', severity: 'info' }],
    },
  },
  lookAlikes: {
    'a few percent': { columns: { 'gpu/0/memory': creeping(400, 0.08) } },
    'a cache that fills': {
      columns: { 'gpu/0/memory': rows(400, (row) => 8000 * (2 - Math.exp(-row / 60))) },
    },
    'growth in the first rows alone': {
      columns: { 'gpu/0/memory': rows(400, (row) => 2000 * Math.min(4, 1 + row / 20) + Math.sin(row)) },
    },
    'one step up in the middle': {
      columns: { 'gpu/0/memory': rows(400, (row) => (row < 250 ? 8000 : 12_000) + Math.sin(row)) },
    },
    'growth that an evaluation gives back': {
      columns: { 'gpu/0/memory': rows(400, (row) => 8000 + 60 * (row % 100)) },
    },
  },
  notEvaluated: {
    'ninety rows': { columns: { 'gpu/0/memory': creeping(90, 0.5) }, missing: /100 rows/ },
    'the highest so far': { columns: { 'gpu/0/max_memory': creeping(400, 0.5) }, missing: /memory in use/ },
  },
};
