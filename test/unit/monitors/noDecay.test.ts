import { describe, expect, it } from 'vitest';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';

const TOTAL = 200;

function schedule(rate: (step: number) => number, { until = TOTAL, total = TOTAL, extra = '' } = {}): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {} });
  const sink = analysis.fileSink({ path: 'run' });
  if (total > 0) {
    sink.totalSteps(total);
  }
  for (let step = 0; step < until; step++) {
    sink.scalar(sink.tag('lr'), step, rate(step), Number.NaN);
    if (extra !== '') {
      sink.scalar(sink.tag(extra), step, step, Number.NaN);
    }
  }
  return analysis;
}

function seen(analysis: RunAnalysis) {
  return analysis.findings().filter(({ monitor }) => monitor === 'no-decay');
}

const constant = (step: number): number => 1e-3 * Math.min(1, (step + 1) / 20);

describe('a learning rate at the end of the run', () => {
  it('that stands at its peak is a note', () => {
    expect(seen(schedule(constant))).toMatchObject([{ symptom: 'learning-rate', severity: 'info', toStep: 199 }]);
  });

  it.each([
    ['has been decayed', schedule((step) => 1e-3 * (1 - step / TOTAL))],
    ['was decayed in the last fifth', schedule((step) => 1e-3 * Math.min(1, (TOTAL - step) / 40))],
  ])('that %s is healthy', (_, analysis) => {
    expect(seen(analysis)).toEqual([]);
    expect(analysis.coverage().evaluated).toContain('no-decay');
  });

  it.each([
    ['the run is not over', schedule(constant, { until: 150 })],
    ['nobody knows the end', schedule(constant, { total: 0 })],
    ['it learns from rewards', schedule(constant, { extra: 'reward' })],
    ['there are few rows', schedule(constant, { until: 10, total: 10 })],
  ])('is not judged when %s', (_, analysis) => {
    expect(seen(analysis)).toEqual([]);
    expect(analysis.notEvaluated().map(({ monitor }) => monitor)).toContain('no-decay');
  });
});
