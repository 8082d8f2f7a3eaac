import type { FindingCase, MonitorCases } from '../monitorCases.js';
import type { Columns } from '../observe.js';
import { rows } from '../observe.js';

/** Gradient norms of the layers, each so many times the one before. */
const stack = (layers: number, factor: (row: number) => number, count = 100): Columns =>
  Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      `grad_norm/layers.${layer}.mlp.weight`,
      rows(count, (row) => 0.1 * factor(row) ** layer * (1 + 0.1 * Math.sin(row * 2.4 + layer))),
    ]),
  );
const found = (severity: 'info' | 'warning'): FindingCase['finds'] => [{ symptom: 'gradient-imbalance', severity }];

export const cases: MonitorCases = {
  triggers: {
    'fades on its way back': { columns: stack(8, () => 4), finds: found('warning') },
    'fades on its way forth': { columns: stack(8, () => 0.25), finds: found('warning') },
    'three hundred times': { columns: stack(8, () => 2.4), finds: found('info') },
    'five layers': { columns: stack(5, () => 8), finds: found('warning') },
    'thirty rows': { columns: stack(8, () => 4, 30), finds: found('warning') },
    'after a quarter of the rows': { columns: stack(8, (row) => (row < 22 ? 1 : 4)), finds: found('warning') },
  },
  lookAlikes: {
    'fifteen times, as Pre-LN has it': { columns: stack(8, () => 0.65) },
    'while it warms up': { columns: stack(8, (row) => (row < 40 ? 4 : 1.1)) },
    'a head on top of layers that agree': {
      columns: { ...stack(8, () => 1), 'grad_norm/lm_head.weight': rows(100, () => 500) },
    },
    'frozen layers': { columns: { ...stack(8, () => 1), 'grad_norm/layers.0.mlp.weight': rows(100, () => 0) } },
  },
  notEvaluated: {
    'three layers': { columns: stack(3, () => 10), missing: /numbered layers/ },
    'ten rows': { columns: stack(8, () => 4, 10), missing: /numbered layers/ },
  },
};
