import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CharacterModel } from '../../../examples/trainer/model.mjs';
import { randomSource } from '../../../examples/trainer/random.mjs';

const trainer = path.resolve('examples/trainer.mjs');
const out = mkdtempSync(path.join(tmpdir(), 'evenkeel-trainer-'));
afterAll(() => rmSync(out, { recursive: true }));

type Row = Readonly<Record<string, number>>;

function train(name: string, ...parameters: string[]): readonly Row[] {
  execFileSync(process.execPath, [trainer, '--out', out, '--name', name, '--interval', '0', ...parameters]);
  const text = readFileSync(path.join(out, name, 'metrics.jsonl'), 'utf8').replaceAll(/\bNaN\b/g, 'null');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const lossesOf = (rows: readonly Row[]) => rows.map((row) => row['train/loss'] ?? NaN);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the gradients of the sample model', () => {
  const model = new CharacterModel({
    alphabet: 5,
    context: 3,
    embedding: 2,
    width: 4,
    depth: 2,
    random: randomSource(1),
  });
  const batch = {
    inputs: Uint8Array.from([0, 1, 2, 3, 4, 0]),
    targets: Uint8Array.from([3, 1]),
    size: 2,
    weights: Float64Array.from([1, 1]),
  };

  it('agree with finite differences in every parameter', () => {
    model.lossAndGradients(batch);
    const analytic = model.parameters.map(({ gradient }) => Float64Array.from(gradient));
    const step = 1e-6;
    model.parameters.forEach(({ value }, index) => {
      value.forEach((original, position) => {
        value[position] = original + step;
        const above = model.loss(batch);
        value[position] = original - step;
        const below = model.loss(batch);
        value[position] = original;
        expect(analytic[index]?.[position]).toBeCloseTo((above - below) / (2 * step), 6);
      });
    });
  });

  it('follow the weights of the rows', () => {
    const gradientFor = (weights: readonly number[]) => {
      model.lossAndGradients({ ...batch, weights: Float64Array.from(weights) });
      return model.parameters.flatMap(({ gradient }) => [...gradient]);
    };
    const [first, second, both] = [gradientFor([7, 0]), gradientFor([0, 1]), gradientFor([7, 1])];
    both.forEach((value, index) => expect(value).toBeCloseTo((first[index] ?? 0) + (second[index] ?? 0), 12));
  });
});

describe('the sample trainer', () => {
  const short = ['--at', '100', '--steps', '160', '--warmup', '30'];
  const healthy = train('healthy', '--cause', 'none', ...short);
  const spoiled = train('spoiled', ...short);

  it('learns, and logs what the monitors need', () => {
    expect(healthy).toHaveLength(160);
    const losses = lossesOf(healthy);
    expect(mean(losses.slice(-20))).toBeLessThan(0.7 * mean(losses.slice(0, 20)));
    expect(Object.keys(healthy[0] ?? {})).toEqual(
      expect.arrayContaining(['step', 'train/loss', 'eval/loss', 'learning_rate', 'grad_norm', 'layers/3/grad_norm']),
    );
  });

  it('computes the same run from the same seed, and another one from another', () => {
    const begin = ['--cause', 'none', '--warmup', '30', '--steps', '20'];
    expect(lossesOf(train('again', ...begin))).toEqual(lossesOf(healthy).slice(0, 20));
    expect(lossesOf(train('other', '--seed', '4', ...begin))).not.toEqual(lossesOf(healthy).slice(0, 20));
  });

  it('spikes in the gradient first, then in the loss, when a row is damaged', () => {
    expect(lossesOf(spoiled).slice(0, 101)).toEqual(lossesOf(healthy).slice(0, 101));
    expect(spoiled[100]?.['grad_norm']).toBeGreaterThan(20 * (spoiled[99]?.['grad_norm'] ?? NaN));
    expect(mean(lossesOf(spoiled).slice(105, 125))).toBeGreaterThan(1.2 * mean(lossesOf(healthy).slice(105, 125)));
  });

  it('stays healthy with the same damage when gradients are clipped', () => {
    const clipped = lossesOf(train('clipped', '--clip', '1', ...short));
    expect(mean(clipped.slice(105))).toBeLessThan(0.9 * mean(lossesOf(spoiled).slice(105)));
  });

  it('diverges when the learning rate runs away, and turns to NaN after 0 / 0', () => {
    const runaway = lossesOf(train('runaway', '--cause', 'learning-rate', ...short, '--at', '40'));
    expect(mean(runaway.slice(-10))).toBeGreaterThan(5 * mean(lossesOf(healthy).slice(-10)));
    const empty = train('empty', '--cause', 'nan', '--at', '5', '--steps', '8');
    expect(lossesOf(empty).slice(0, 6)).not.toContain(NaN);
    expect(lossesOf(empty).slice(6)).toEqual([NaN, NaN]);
  });

  it.each([
    ['--cause', 'weather'],
    ['--seed', 'three'],
  ])('refuses %s %s', (option, value) => {
    expect(() => train('refused', option, value)).toThrow(`${option} ${value}`);
  });
});
