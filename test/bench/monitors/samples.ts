import { Random } from '../../corpus/syntheticRuns.js';

/** One logged number. */
export interface MadeSample {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

const LAYERS = 12;
const TENSORS = ['attn.weight', 'mlp.weight'];
const STATISTICS = ['std', 'absmax', 'dormant', 'zeros', 'rank'];
/** The inside of the network, and evaluations, are logged every so many steps. */
const INSIDE_EVERY = 10;
const EVALUATE_EVERY = 100;

/**
 * A language model that learns, with what the hook logs of it: five numbers a step, the inside of twelve layers every
 * tenth, evaluations every hundredth. Losses spike now and then, so that no watch sleeps.
 */
export function* madeSamples(count: number): Generator<MadeSample> {
  const random = new Random(11);
  let made = 0;
  for (let step = 0; made < count; step++) {
    const spike = step % 5000 === 4000 ? 4 : 1;
    const fall = 2 + 8 / (1 + step / 200);
    const noise = (sigma: number): number => Math.exp(sigma * random.normal());
    const row: (readonly [string, number])[] = [
      ['train/loss', fall * noise(0.02) * spike],
      ['gradient-norm', 0.5 * noise(0.2) * spike],
      ['learning-rate', 3e-4 * Math.min(1, (step + 1) / 1000)],
      ['step-time', 0.2 * noise(0.05)],
      ['log-z', 5 * noise(0.02)],
    ];
    if (step % INSIDE_EVERY === 0) {
      for (let layer = 0; layer < LAYERS; layer++) {
        for (const tensor of TENSORS) {
          row.push(
            [`gradient-norm/layers.${layer}.${tensor}`, 0.1 * noise(0.3)],
            [`weight-norm/layers.${layer}.${tensor}`, 20 + step / 1e4],
            [`update-ratio/layers.${layer}.${tensor}`, 1e-3 * noise(0.2)],
          );
        }
        STATISTICS.forEach((statistic) => row.push([`activation/layers.${layer}/${statistic}`, 0.3 * noise(0.1)]));
        row.push([`attention-logit/layers.${layer}`, 8 * noise(0.1)]);
      }
    }
    if (step % EVALUATE_EVERY === 0) {
      row.push(['eval/loss', fall * 1.05 * noise(0.005)]);
    }
    for (const [tag, value] of row) {
      yield { tag, step, value };
      made++;
    }
  }
}
