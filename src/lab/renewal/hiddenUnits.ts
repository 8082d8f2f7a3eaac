import type { Optimizer } from '../optimizers/optimizer.js';
import type { Random } from '../random.js';
import type { ModelSettings } from '../settings.js';
import type { ShapeOfParameter } from '../shapes.js';
import type { Parameter } from '../tensor.js';

/** A layer of hidden units, by the names of the tensors that lead into it and out of it. */
export interface HiddenLayer {
  /** Under which name its outputs are observed. */
  readonly name: string;
  readonly units: number;
  /** `[fan-in, units]`. */
  readonly incoming: string;
  /** Vectors with an entry for each unit; where there are none, they are left out. */
  readonly own: readonly string[];
  /** `[k units, fan-out]`: a unit that is read at several places has several rows. */
  readonly outgoing: string;
  /** What is added behind the outgoing weights, where anything is. */
  readonly readersBias: string | undefined;
}

/** The hidden layers of a model; of a transformer those of its MLPs. */
export function hiddenLayersOf(model: ModelSettings): HiddenLayer[] {
  return Array.from({ length: model.depth }, (_, layer): HiddenLayer => {
    const name = `blocks.${layer}`;
    if (model.kind === 'transformer') {
      const mlp = `${name}.mlp`;
      return {
        ...{ name: mlp, units: model.expansion * model.width, incoming: `${mlp}.input`, own: [] },
        ...{ outgoing: `${mlp}.output`, readersBias: undefined },
      };
    }
    const reader = layer + 1 < model.depth ? `blocks.${layer + 1}` : 'head';
    return {
      ...{ name, units: model.width, incoming: `${name}.weight` },
      own: [`${name}.bias`, `${name}.norm.gain`, `${name}.norm.bias`],
      ...{ outgoing: `${reader}.weight`, readersBias: `${reader}.bias` },
    };
  });
}

/** The weights of hidden units, and what the optimizer remembers of them. */
export class HiddenUnits {
  private readonly parameters: ReadonlyMap<string, Parameter>;
  private readonly optimizer: Optimizer;
  private readonly starts: ReadonlyMap<string, ShapeOfParameter['start']>;
  private readonly random: Random;

  /** @param shapes with the distributions that new weights are drawn from: those of the first ones. */
  constructor(
    parameters: readonly Parameter[],
    optimizer: Optimizer,
    shapes: readonly ShapeOfParameter[],
    random: Random,
  ) {
    this.parameters = new Map(parameters.map((parameter) => [parameter.name, parameter]));
    this.optimizer = optimizer;
    this.starts = new Map(shapes.map(({ name, start }) => [name, start]));
    this.random = random;
  }

  /** Mean size of the outgoing weights of each unit. */
  outgoingSizes({ outgoing, units }: HiddenLayer): Float64Array {
    const { values, shape } = this.parameters.get(outgoing)!;
    const columns = shape[1]!;
    const sums = new Float64Array(units);
    for (const [index, value] of values.entries()) {
      sums[Math.floor(index / columns) % units]! += Math.abs(value);
    }
    return sums.map((sum) => (sum * units) / values.length);
  }

  /** Adds to the readers' bias what units give on average, so that their going changes as little as it can. */
  giveInstead({ outgoing, readersBias, units }: HiddenLayer, given: ReadonlyMap<number, number>): void {
    const bias = readersBias === undefined ? undefined : this.parameters.get(readersBias);
    if (bias === undefined) {
      return;
    }
    const { values } = this.parameters.get(outgoing)!;
    const columns = bias.values.length;
    for (const [index, value] of values.entries()) {
      bias.values[index % columns]! += value * (given.get(Math.floor(index / columns) % units) ?? 0);
    }
  }

  /** New incoming weights, outgoing weights of zero, and nothing remembered of either. */
  renew({ incoming, own, outgoing, units }: HiddenLayer, chosen: ReadonlySet<number>): void {
    this.begin(incoming, (index) => chosen.has(index % units));
    for (const vector of own.filter((name) => this.parameters.has(name))) {
      this.begin(vector, (index) => chosen.has(index));
    }
    const columns = this.parameters.get(outgoing)!.shape[1]!;
    this.set(
      outgoing,
      (index) => chosen.has(Math.floor(index / columns) % units),
      () => 0,
    );
  }

  private begin(name: string, isChosen: (index: number) => boolean): void {
    const start = this.starts.get(name)!;
    this.set(name, isChosen, () => ('constant' in start ? start.constant : start.deviation * this.random.normal()));
  }

  private set(name: string, isChosen: (index: number) => boolean, value: () => number): void {
    const { values } = this.parameters.get(name)!;
    const moments = Object.values(this.optimizer.state).flatMap((state) => state.get(name) ?? []);
    for (let index = 0; index < values.length; index++) {
      if (isChosen(index)) {
        values[index] = value();
        for (const moment of moments) {
          // Some optimizers keep single numbers of a tensor beside its moments.
          if (moment.length === values.length) {
            moment[index] = 0;
          }
        }
      }
    }
  }
}
