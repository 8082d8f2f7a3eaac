import { describe, expect, it } from 'vitest';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { fallingLoss } from './observe.js';

/** A run of 200 steps that goes back to `resumeAt` and on to step 300; `after` gets the steps since. */
function resumed(after: (step: number, since: number) => number, resumeAt = 150, rows = 150): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {} });
  const sink = analysis.fileSink({ path: 'run' });
  const loss = sink.tag('loss');
  for (let step = 0; step < 200; step++) {
    sink.scalar(loss, step, fallingLoss(step), Number.NaN);
  }
  for (let since = 0; since < rows; since++) {
    sink.scalar(loss, resumeAt + since, after(resumeAt + since, since), Number.NaN);
  }
  return analysis;
}

function seen(analysis: RunAnalysis) {
  return analysis.findings().filter(({ monitor }) => monitor === 'resume-jump');
}

describe('a loss after a resume', () => {
  it('that stays high is a warning', () => {
    expect(seen(resumed((step) => 2 * fallingLoss(step)))).toMatchObject([
      { symptom: 'resume', severity: 'warning', fromStep: 150, toStep: 179 },
    ]);
  });

  it('that comes down again is a note', () => {
    expect(seen(resumed((step, since) => fallingLoss(step) * (1 + Math.exp(-since / 8))))).toMatchObject([
      { severity: 'info' },
    ]);
  });

  it.each([
    ['goes on where it was', resumed(fallingLoss)],
    ['is a little higher', resumed((step) => 1.1 * fallingLoss(step))],
    ['is that of a new run', resumed(fallingLoss, 0)],
    ['has one hard batch', resumed((step, since) => fallingLoss(step) * (since === 2 ? 5 : 1))],
  ])('is healthy when it %s', (_, analysis) => {
    expect(seen(analysis)).toEqual([]);
  });

  it('is not judged in a run that never went back, or has hardly gone on', () => {
    for (const analysis of [resumed(fallingLoss, 200), resumed((step) => 2 * fallingLoss(step), 150, 5)]) {
      expect(seen(analysis)).toEqual([]);
      expect(analysis.notEvaluated().map(({ monitor }) => monitor)).toContain('resume-jump');
    }
  });

  it('is judged by its own rows alone, however long the run goes on', () => {
    const findings = seen(resumed((step) => 2 * fallingLoss(step), 150, 40));
    expect(seen(resumed((step) => 2 * fallingLoss(step), 150, 600))).toEqual(findings);
  });
});
