import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const COUNT = 300;
const AT = 200;
/** Falls to 2.5 with noise, and so many times as high for some rows. */
const spiked = (height: number, length = 1, at = AT, noise = 0.02) =>
  rows(
    COUNT,
    (row) => fallingLoss(row) * Math.exp(noise * Math.sin(row * 2.4)) * (row >= at && row < at + length ? height : 1),
  );
const found = (
  severity: 'info' | 'warning',
  fromStep: number | readonly [number, number] = AT,
): FindingCase['finds'] => [{ symptom: 'loss-spike', severity, fromStep }];
const fell = (row: number, from: number, to: number): number => to + (from - to) * Math.exp(-row / 10);

/** Single rows that stray from a rippling 1. */
const straying = (count: number, strays: (row: number) => number): number[] =>
  rows(count, (row) => 1 + 0.05 * Math.sin(row * 2.4) + 4 * Math.exp(-row / 10) + strays(row));
/** Every fifteenth row strays, the sizes those of a power law of index 1; row 690 by a size of its own. */
const heavyTailed = (size: number): number[] =>
  straying(700, (row) =>
    row === 690 ? size : row % 15 === 3 && row > 60 && row < 650 ? 12 / (45 - Math.floor(row / 15)) : 0,
  );

export const cases: MonitorCases = {
  triggers: {
    'after four rows that strayed, which are too few to tell a tail': {
      columns: {
        loss: straying(COUNT, (row) => ({ 100: 0.3, 130: 0.6, 160: 1.2, 190: 2.4, 290: 20 })[row] ?? 0),
      },
      finds: [
        { symptom: 'loss-spike', severity: 'warning', fromStep: 290 },
        { symptom: 'loss-spike', severity: 'info' },
      ],
    },
    'beyond the tail of its noise': {
      columns: { loss: heavyTailed(3000) },
      finds: [
        { symptom: 'loss-spike', severity: 'warning', fromStep: 690 },
        { symptom: 'loss-spike', severity: 'info' },
      ],
    },
    'five times as high in one row': { columns: { loss: spiked(5) }, finds: found('warning') },
    'two and a half times as high in one row of a sparse log': {
      columns: { loss: spiked(2.5) },
      stride: 50,
      finds: found('warning', AT * 50),
    },
    'two and a half times as high in two rows': { columns: { loss: spiked(2.5, 2) }, finds: found('warning') },
    'a half higher in six rows': { columns: { loss: spiked(1.5, 6) }, finds: found('warning') },
    'a half higher in three rows': { columns: { loss: spiked(1.5, 3) }, finds: found('warning') },
    'a blip': { columns: { loss: spiked(1.8) }, finds: found('info') },
    'ninety rows in': { columns: { loss: spiked(5, 1, 90) }, finds: found('warning', 90) },
    'towering in the first rows': { columns: { loss: spiked(40, 1, 15) }, finds: found('warning', 15) },
    'undoes a quarter of what was learned': {
      columns: {
        loss: rows(COUNT, (row) => fell(row, 12, 1) * (1 + 0.01 * Math.sin(row * 2.4)) + (row === AT ? 2.8 : 0)),
      },
      finds: found('warning'),
    },
    'after the rate was raised by a tenth': {
      columns: { loss: spiked(1.6, 5), lr: rows(COUNT, (row) => (row < AT - 3 ? 1e-3 : 1.1e-3)) },
      finds: found('warning'),
    },
    'back to the start for three rows': {
      columns: { loss: rows(COUNT, (row) => (row >= AT && row < AT + 3 ? 10 : fallingLoss(row))) },
      finds: found('warning'),
    },
    'a jump to six tenths of the start, and down again slowly': {
      columns: { loss: rows(COUNT, (row) => (row < 150 ? fallingLoss(row) : 2 + 4 / (1 + (row - 150) / 20))) },
      finds: found('warning', 150),
    },
    'above all that was before, twenty rows into a sparse log': {
      columns: {
        loss: rows(40, (row) => 3 - row / 200 + (row < 20 ? 0 : 3.4 * Math.exp((20 - row) / 3))),
      },
      stride: 50,
      finds: found('warning', 1000),
    },
    'ten times as high in noisy first rows': {
      columns: { loss: rows(COUNT, (row) => 2 * Math.exp(0.15 * Math.sin(row * 2.4)) * (row === 15 ? 10 : 1)) },
      finds: found('warning', 15),
    },
    'strays twice as far as usual for five rows': {
      columns: {
        loss: rows(
          COUNT,
          (row) =>
            2 +
            3 * Math.exp(-row / 15) +
            0.03 * Math.sin(row * 2.4) +
            (row % 29 === 5 ? 0.35 : 0) +
            (row >= AT && row < AT + 6 ? 0.95 : 0),
        ),
      },
      finds: found('warning', [199, 206]),
    },
  },
  lookAlikes: {
    'two rows a third above all that was before, twenty rows in': {
      columns: { loss: rows(60, (row) => 3 - row / 200 + (row === 20 || row === 21 ? 1 : 0)) },
      finds: found('info', 20),
    },
    'a row of the tail of its noise, before there was more of it to see': {
      columns: {
        loss: heavyTailed(0).map((value, row) => (row === 52 ? value + 300 : value)),
      },
      finds: [{ symptom: 'loss-spike', severity: 'info' }],
    },
    noise: { columns: { loss: spiked(1, 1, AT, 0.2) } },
    'a seventh higher in six rows': { columns: { loss: spiked(1.14, 6) } },
    'a blip of a fifth': { columns: { loss: spiked(1.2) } },
    'eighteen rows in': { columns: { loss: spiked(4, 1, 18) }, finds: found('info', 18) },
    'a loss near zero that multiplies': {
      columns: { loss: rows(COUNT, (row) => fell(row, 12, 0.1) * (row === AT ? 6 : 1)) },
    },
    'log-normal noise': {
      columns: {
        loss: rows(
          COUNT,
          (row) => 0.5 * Math.exp(0.8 * Math.sin(row * 2.4)) * (row === AT ? 3.2 : 1) + 5 * Math.exp(-row / 10),
        ),
      },
    },
    'the next stage of a curriculum': {
      columns: { loss: spiked(5, 60), difficulty: rows(COUNT, (row) => (row < AT ? 1 : 2)) },
      finds: found('info'),
    },
    'a warm restart': {
      columns: { loss: spiked(1.6, 40), lr: rows(COUNT, (row) => (row < AT ? 1e-3 * (1 - row / 210) : 1e-3)) },
      finds: found('info'),
    },
    'weights set back on purpose': {
      columns: { loss: rows(COUNT, (row) => fallingLoss(row < 150 ? row : row - 150)) },
      finds: found('info', 150),
    },
    'a row far out in the tail of its noise': {
      columns: { loss: heavyTailed(300) },
      finds: [{ symptom: 'loss-spike', severity: 'info' }],
    },
    'batches that are as hard now and then': {
      columns: { loss: rows(COUNT, (row) => fallingLoss(row) * (row % 23 === 11 ? 2.2 : row === AT ? 3.4 : 1)) },
      finds: [{ symptom: 'loss-spike', severity: 'info' }],
    },
  },
  notEvaluated: {
    'eight rows': { columns: { loss: rows(8, fallingLoss) }, missing: /more than \d+ rows/ },
    rewards: { columns: { loss: spiked(5), reward: rows(COUNT, (row) => row) }, missing: /rewards/ },
  },
};
