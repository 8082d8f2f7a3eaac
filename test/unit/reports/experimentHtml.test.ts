import { describe, expect, it } from 'vitest';
import { experimentHtml } from '../../../src/reports/experimentHtml.js';
import type { ExperimentOutcome } from '../../../src/contract/labExperiment.js';

const SWEEP: ExperimentOutcome = {
  title: 'Final loss over learning rates',
  proxy: { parameters: 40_896, rules: ['Warmup over 10 % of the run.'] },
  backend: 'wasm',
  seeds: [0, 1],
  verdicts: [],
  sensitivities: [
    {
      arm: 'baseline',
      sensitivity: 0.75,
      unit: 'nats of held-out loss',
      points: [
        { learningRate: 0.001, losses: [2, 2.2] },
        { learningRate: 0.01, losses: [1.5, 1.7] },
        { learningRate: 0.1, losses: [Number.NaN, 4] },
      ],
    },
    {
      arm: 'qk-norm',
      sensitivity: null,
      unit: 'nats of held-out loss',
      points: [
        { learningRate: 0.001, losses: [2.1] },
        { learningRate: 0.01, losses: [1.6] },
        { learningRate: 0.1, losses: [] },
      ],
    },
  ],
  missing: 0,
  problems: [],
};

const cells = (page: string, row: string): string[] =>
  [...(page.split(`<th scope="row">${row}</th>`)[1] ?? '').split('</tr>')[0]!.matchAll(/<td>([^<]*)<\/td>/g)].map(
    ([, text]) => text!,
  );

describe('a sweep of learning rates as a page', () => {
  const page = experimentHtml(SWEEP, '0.1.0');
  const lines = [...page.matchAll(/<polyline class="sweep series-(\d)"[^>]* points="([^"]*)"/g)].map(([, , points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number)),
  );

  it('has a line for each arm through the means of the rates at which all seeds ended', () => {
    expect(lines.map((line) => line.length)).toEqual([2, 2]);
    const [[first, second], [other]] = lines as [number[][], number[][]];
    expect(first![0]).toBe(other![0]);
    expect(second![1], 'a lower loss lies lower').toBeGreaterThan(first![1]!);
  });

  it('places rates by their logarithm', () => {
    const places = [...page.matchAll(/<text class="tick" x="([\d.]+)" y="310"[^>]*>([\d.]+)</g)].map(([, x, rate]) => [
      Number(rate),
      Number(x),
    ]);
    expect(places.map(([rate]) => rate)).toEqual([0.001, 0.01, 0.1]);
    expect(places[1]![1]! - places[0]![1]!).toBeCloseTo(places[2]![1]! - places[1]![1]!, 0);
  });

  it('marks what diverged by a cross, and every other seed by a dot', () => {
    expect(page.match(/<circle/g)).toHaveLength(7);
    expect(page.match(/8l8 8m0 -8l-8 8|l8 8m0 -8l-8 8/g)).toHaveLength(1);
    expect(page).toContain('<title>baseline: NaN at 0.1</title>');
  });

  it('says the numbers in a table, and the sensitivity', () => {
    expect(cells(page, '0.01')).toEqual(['1.6', '1.6']);
    expect(cells(page, '0.1')).toEqual(['NaN', '–']);
    expect(cells(page, 'Sensitivity')).toEqual(['0.75', 'unknown']);
  });

  it('draws no chart where nothing was trained', () => {
    const sensitivities = SWEEP.sensitivities.map((sweep) => ({ ...sweep, points: [] }));
    expect(experimentHtml({ ...SWEEP, sensitivities }, '0.1.0')).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('an experiment as a page', () => {
  it('has its verdicts with their intervals', () => {
    const verdict = {
      arm: 'warmup',
      verdict: 'helps',
      effect: -0.4,
      interval: [-0.55, -0.22] as const,
      unit: 'nats of held-out loss',
      seeds: 3,
      note: null,
    };
    const page = experimentHtml({ ...SWEEP, sensitivities: [], verdicts: [verdict] }, '0.1.0');
    expect(cells(page, 'warmup')).toEqual(['helps', '-0.4 [-0.55, -0.22] nats of held-out loss', '3']);
    expect(page).not.toContain('<polyline');
  });

  it('sets texts of experiment files as text', () => {
    const hostile = '"><script>alert(1)</script>';
    const sensitivities = SWEEP.sensitivities.map((sweep) => ({ ...sweep, arm: hostile }));
    const page = experimentHtml(
      { ...SWEEP, title: hostile, backend: hostile, problems: [hostile], sensitivities },
      '0.1.0',
    );
    expect(page).not.toMatch(/<script|"">/);
  });
});
