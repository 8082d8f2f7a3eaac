import { describe, expect, test } from 'vitest';
import { packReport, unpackReport } from '../../../src/contract/panelReport.js';
import type { RunReport } from '../../../src/contract/report.js';

const evidence = [
  { role: 'train/loss', tag: 'loss', step: 3, value: NaN, baseline: 2.5 },
  { role: 'train/loss', tag: 'loss', step: 4, value: -Infinity },
  { role: 'gradient-norm', tag: 'norm', step: 5, value: 1.5, baseline: Infinity },
];

describe('a report on its way to a page', () => {
  test('keeps NaN and the infinities of its evidence through JSON', () => {
    const report = { id: 'run', findings: [{ id: 'finding', evidence }] } as unknown as RunReport;
    const arrived = unpackReport(JSON.parse(JSON.stringify(packReport(report))));
    expect(arrived).toEqual(report);
  });
});
