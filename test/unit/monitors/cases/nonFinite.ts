import type { MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const COUNT = 200;
const loss = rows(COUNT, fallingLoss);
const norm = rows(COUNT, (row) => 1 + 0.1 * Math.sin(row * 2.4));
/** With something else in some rows. */
const but = (values: readonly number[], value: number, where: (row: number) => boolean) =>
  values.map((usual, row) => (where(row) ? value : usual));
/** NaN for so many rows, again and again. */
const gaps = (length: number, every: number, last: number) =>
  but(loss, Number.NaN, (row) => (row < 160 ? row % every >= every - length : row >= COUNT - last));

export const cases: MonitorCases = {
  triggers: {
    'a game without a training loss: the discriminator is lost': {
      columns: { d_loss: but(norm, Number.NaN, (row) => row >= 120), g_loss: norm },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 120, open: true, title: /^d_loss is NaN/ }],
    },
    'an actor and its critic: the critic is lost': {
      columns: { 'losses/policy_loss': norm, 'losses/value_loss': but(norm, Number.NaN, (row) => row >= 150) },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 150, open: true }],
    },
    'NaN to the end': {
      columns: { loss: but(loss, Number.NaN, (row) => row >= 120) },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 120, open: true }],
    },
    'infinite in one row': {
      columns: { loss: but(loss, Infinity, (row) => row === 120) },
      finds: [{ symptom: 'non-finite', severity: 'warning', fromStep: 120, toStep: 120 }],
    },
    'zeros beside gradients that are none': {
      columns: { loss: but(loss, 0, (row) => row >= 120), grad_norm: but(norm, Number.NaN, (row) => row >= 120) },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 120, title: /disguise/ }],
    },
    'zeros all of a sudden': {
      columns: { loss: but(loss, 0, (row) => row >= 192) },
      finds: [{ symptom: 'loss-zero', severity: 'error', fromStep: 192 }],
    },
    'zeros after 0.05': {
      columns: { loss: rows(COUNT, (row) => (row < 120 ? 0.05 : 0)) },
      finds: [{ symptom: 'loss-zero', severity: 'error', fromStep: 120 }],
    },
    'twenty zeros, then numbers': {
      columns: { loss: but(loss, 0, (row) => row >= 120 && row < 140) },
      finds: [{ symptom: 'loss-zero', severity: 'error', fromStep: 120, toStep: 139 }],
    },
    'five gradients at the end': {
      columns: { loss, grad_norm: but(norm, Number.NaN, (row) => row >= 195) },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 195 }],
    },
    'a gradient norm that overflows once': {
      columns: { loss, grad_norm: but(norm, Infinity, (row) => row === 120) },
      finds: [{ symptom: 'non-finite', severity: 'info', fromStep: 120 }],
    },
    'a number of unknown meaning, once': {
      columns: { loss, coverage: but(norm, Number.NaN, (row) => row === 120) },
      finds: [
        {
          symptom: 'non-finite',
          severity: 'info',
          fromStep: 120,
          toStep: 120,
          open: false,
          title: /^coverage was NaN/,
        },
      ],
    },
    'two numbers of unknown meaning, to the end': {
      columns: {
        loss,
        coverage: but(norm, Number.NaN, (row) => row >= 120),
        spread: but(norm, Infinity, (row) => row >= 130),
      },
      finds: [
        { symptom: 'non-finite', severity: 'info', fromStep: 120, open: true, explanation: /later or at once: spread/ },
      ],
    },
    'four evaluations at the end': {
      columns: {
        loss,
        val_loss: rows(COUNT, (row) => (row % 20 !== 19 ? undefined : row < 120 ? 2 : Number.NaN) as number),
      },
      finds: [{ symptom: 'non-finite', severity: 'error' }],
    },
    'two passing stretches': {
      columns: { loss: but(loss, Number.NaN, (row) => row % 100 >= 50 && row % 100 < 90) },
      finds: [{ symptom: 'non-finite', severity: 'warning' }],
    },
    'the end after gaps': {
      columns: { loss: gaps(2, 40, 20) },
      finds: [{ symptom: 'non-finite', severity: 'error', fromStep: 180 }],
    },
  },
  lookAlikes: {
    'a number of unknown meaning that is none from early on': {
      columns: { loss, coverage: but(norm, Number.NaN, (row) => row % 40 === 9) },
    },
    'a number of unknown meaning that is written in turns': {
      columns: { loss, coverage: but(norm, Number.NaN, (row) => row >= 60 && row % 2 === 1) },
    },
    healthy: { columns: { loss, grad_norm: norm } },
    'two zeros': { columns: { loss: but(loss, 0, (row) => row === 120 || row === 121) } },
    'six zeros, then numbers': { columns: { loss: but(loss, 0, (row) => row >= 120 && row < 126) } },
    'memorised and rounded': { columns: { loss: rows(COUNT, (row) => Math.max(0, Number((0.9 ** row).toFixed(4)))) } },
    'rounded to zero from 0.004': { columns: { loss: rows(COUNT, (row) => (row < 120 ? 0.004 : 0)) } },
    'one evaluation': {
      columns: {
        loss,
        val_loss: rows(COUNT, (row) => (row % 20 !== 19 ? undefined : row < 199 ? 2 : Number.NaN) as number),
      },
    },
    'a table with a row for everything': {
      columns: { loss: rows(COUNT, (row) => (row % 2 === 0 ? fallingLoss(row) : Number.NaN)) },
    },
    'gaps of ten rows, the last of twenty': { columns: { loss: gaps(10, 20, 20) } },
  },
  notEvaluated: {
    'nothing that could be lost': { columns: { lr: rows(50, () => 1e-3) }, missing: /train\/loss/ },
  },
};
