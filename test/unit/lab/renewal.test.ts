import { describe, expect, it } from 'vitest';
import { MAKE_OPTIMIZER } from '../../../src/lab/optimizers/optimizers.js';
import type { Optimizer } from '../../../src/lab/optimizers/optimizer.js';
import { Random } from '../../../src/lab/random.js';
import { ContinualBackprop } from '../../../src/lab/renewal/continualBackprop.js';
import { HiddenUnits, hiddenLayersOf } from '../../../src/lab/renewal/hiddenUnits.js';
import { dormantUnits, ReDo } from '../../../src/lab/renewal/redo.js';
import { settingsWith } from '../../../src/lab/settings.js';
import type { LabSettings } from '../../../src/lab/settings.js';
import { initialParameters, shapesOf } from '../../../src/lab/shapes.js';
import { plainArithmetic } from '../../../src/lab/tensor.js';
import type { Parameter } from '../../../src/lab/tensor.js';

const [CLASSES, FEATURES] = [3, 5];

const MLP = settingsWith({
  model: { kind: 'mlp', depth: 2, width: 4, layerNorm: true },
  data: { kind: 'noisy-labels' },
});
const CNN = settingsWith({ model: { kind: 'cnn', depth: 2, width: 4 }, data: { kind: 'bars' } });

interface Made {
  readonly parameters: Parameter[];
  readonly optimizer: Optimizer;
  readonly units: HiddenUnits;
  readonly values: (name: string) => number[];
}

/** A model that has taken one step, so that the optimizer remembers every weight. */
function make(settings: LabSettings): Made {
  const parameters = initialParameters(settings, CLASSES, FEATURES, 0);
  const optimizer = MAKE_OPTIMIZER.adamw(settings.optimizer, plainArithmetic);
  const gradients = parameters.map(({ values }) => new Float32Array(values.length).fill(1));
  optimizer.step(parameters, gradients, 1e-2);
  const units = new HiddenUnits(parameters, optimizer, shapesOf(settings, CLASSES, FEATURES), new Random(7));
  return {
    ...{ parameters, optimizer, units },
    values: (name) => [...parameters.find((parameter) => parameter.name === name)!.values],
  };
}

const column = (matrix: readonly number[], columns: number, at: number): number[] =>
  matrix.filter((_, index) => index % columns === at);
const rows = (matrix: readonly number[], columns: number, isChosen: (row: number) => boolean): number[] =>
  matrix.filter((_, index) => isChosen(Math.floor(index / columns)));

describe('the hidden units of a model', () => {
  it.each([
    ['mlp', MLP, ['blocks.0', 'blocks.1']],
    ['cnn', CNN, ['blocks.0', 'blocks.1']],
    ['transformer', settingsWith({ model: { depth: 2, width: 8 } }), ['blocks.0.mlp', 'blocks.1.mlp']],
  ])('are found with what leads in and out: %s', (_, settings, names) => {
    const parameters = new Map(initialParameters(settings, CLASSES, FEATURES, 0).map((one) => [one.name, one]));
    const layers = hiddenLayersOf(settings.model);
    expect(layers.map(({ name }) => name)).toEqual(names);
    for (const { incoming, outgoing, units, readersBias } of layers) {
      expect(parameters.get(incoming)!.shape[1]).toBe(units);
      expect(parameters.get(outgoing)!.shape[0]! % units).toBe(0);
      expect(readersBias === undefined || parameters.has(readersBias)).toBe(true);
    }
  });

  it('begin anew: fresh weights in, none out, nothing remembered; the others stay as they are', () => {
    const { units, values, optimizer } = make(MLP);
    const names = ['blocks.0.weight', 'blocks.0.norm.gain', 'blocks.1.weight'];
    const before = new Map(names.map((name) => [name, values(name)]));
    units.renew(hiddenLayersOf(MLP.model)[0]!, new Set([2]));

    const [into, old] = [values('blocks.0.weight'), before.get('blocks.0.weight')!];
    expect(column(into, 4, 2)).not.toEqual(column(old, 4, 2));
    expect(column(into, 4, 2).every((value) => value !== 0)).toBe(true);
    expect(column(into, 4, 1)).toEqual(column(old, 4, 1));
    expect(values('blocks.0.bias')[2]).toBe(0);
    expect(values('blocks.0.norm.gain')[2]).toBe(1);
    expect(values('blocks.0.norm.gain')[1]).toBe(before.get('blocks.0.norm.gain')![1]);
    expect(rows(values('blocks.1.weight'), 4, (row) => row === 2)).toEqual([0, 0, 0, 0]);
    expect(rows(values('blocks.1.weight'), 4, (row) => row !== 2)).toEqual(
      rows(before.get('blocks.1.weight')!, 4, (row) => row !== 2),
    );
    for (const moments of Object.values(optimizer.state)) {
      const [first, second] = [[...moments.get('blocks.0.weight')!], [...moments.get('blocks.1.weight')!]];
      expect(column(first, 4, 2).every((value) => value === 0)).toBe(true);
      expect(column(first, 4, 3).every((value) => value !== 0)).toBe(true);
      expect(rows(second, 4, (row) => row === 2)).toEqual([0, 0, 0, 0]);
    }
  });

  it('are read at many places behind a convolution, and let go of at all of them', () => {
    const [first, last] = hiddenLayersOf(CNN.model);
    const [one, other] = [make(CNN), make(CNN)];
    one.units.renew(first!, new Set([1]));
    other.units.renew(last!, new Set([3]));
    const [toSecond, toOutputs] = [one.values('blocks.1.weight'), other.values('head.weight')];
    expect(rows(toSecond, 4, (row) => row % 4 === 1).every((value) => value === 0)).toBe(true);
    expect(rows(toSecond, 4, (row) => row % 4 === 2).includes(0)).toBe(false);
    expect(rows(toOutputs, CLASSES, (row) => row % 4 === 3).every((value) => value === 0)).toBe(true);
    expect(rows(toOutputs, CLASSES, (row) => row % 4 === 0).includes(0)).toBe(false);
  });
});

describe('ReDo', () => {
  it('calls dormant what is at most the share of the mean size of its layer', () => {
    // The mean is 1: the threshold of 0.1 is met by 0.1 itself.
    expect(dormantUnits(Float64Array.of(0, 0.1, 0.11, 3.79), 0.1)).toEqual([0, 1]);
    expect(dormantUnits(Float64Array.of(1, 1, 1), 0.1)).toEqual([]);
  });

  it('recycles dormant units at its interval', () => {
    const redo = new ReDo({ ...MLP.renewal, kind: 'redo', interval: 10, threshold: 0.025 });
    expect([8, 9, 10, 19].map((step) => redo.asks(step))).toEqual([false, true, false, true]);
    const { units, values } = make(MLP);
    const layer = hiddenLayersOf(MLP.model)[0]!;
    // Size counts, not the mean: the second unit gives ±1.
    const outputs = Float32Array.of(1, 1, 0, 1, 1, -1, 0, 1);
    expect([...redo.apply(layer, outputs, units)]).toEqual([2]);
    expect(rows(values('blocks.1.weight'), 4, (row) => row === 2)).toEqual([0, 0, 0, 0]);
  });
});

describe('continual backprop', () => {
  const settings = { ...MLP.renewal, kind: 'continual-backprop' as const, rate: 0.1, decay: 0.5, maturity: 2 };

  it('renews at each step its share of the mature units: those whose size and outgoing weights are least', () => {
    const { units, values, parameters } = make(MLP);
    const layer = hiddenLayersOf(MLP.model)[0]!;
    const outgoing = parameters.find(({ name }) => name === 'blocks.1.weight')!;
    // The third unit is small but much listened to; the second is large, and nobody listens.
    outgoing.values.set([1, 1, 1, 1, 0.1, -0.1, 0.1, -0.1, 4, -4, 4, -4, 1, 1, 1, 1]);
    const outputs = Float32Array.of(1, 2, 0.5, 3);
    const backprop = new ContinualBackprop(settings);
    const bias = values('blocks.1.bias');
    const renewed: number[][] = [];
    for (let step = 0; step < 5; step++) {
      renewed.push([...backprop.apply(layer, outputs, units)]);
    }
    // From the third step on all four are mature: 0.4 a step, one whole unit with the fifth.
    expect(renewed).toEqual([[], [], [], [], [1]]);
    expect(rows(values('blocks.1.weight'), 4, (row) => row === 1)).toEqual([0, 0, 0, 0]);
    // What it gave on average, 2, is given by the bias of its readers instead.
    expect(values('blocks.1.bias')).toEqual(
      [0.2, -0.2, 0.2, -0.2].map((given, at) => expect.closeTo(bias[at]! + given, 5) as number),
    );
  });

  it('leaves a new unit alone until it is mature', () => {
    const { units } = make(MLP);
    const layer = hiddenLayersOf(MLP.model)[0]!;
    const backprop = new ContinualBackprop({ ...settings, rate: 0.3 });
    const outputs = Float32Array.of(1, 2, 0, 3);
    const renewed: number[] = [];
    for (let step = 0; step < 5; step++) {
      renewed.push(...backprop.apply(layer, outputs, units));
    }
    // The third gives nothing and goes first; though it is the least useful still, the next is another.
    expect(renewed[0]).toBe(2);
    expect(renewed.slice(1)).not.toContain(2);
    expect(renewed.length).toBeGreaterThan(1);
  });
});
