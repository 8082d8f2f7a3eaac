/** One logged number of a made-up run. */
export interface MadeRecord {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

export interface MadeRun {
  readonly records: readonly MadeRecord[];
  readonly configuration?: Readonly<Record<string, string | number>>;
  /** Symptoms one of which must be reported, and the steps that the finding must touch. Absent: the run is healthy. */
  readonly fault?: { readonly symptoms: readonly string[]; readonly from: number; readonly to: number };
}

/** A family of runs: one seed, one run. */
export interface Family {
  readonly name: string;
  readonly make: (random: Random) => MadeRun;
}

/** Seeded random numbers (mulberry32), so that every run can be made again. */
export class Random {
  private state: number;
  private spare: number | undefined;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  uniform(low = 0, high = 1): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let bits = this.state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return low + (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (high - low);
  }

  integer(low: number, high: number): number {
    return Math.floor(this.uniform(low, high + 1));
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.integer(0, choices.length - 1)] as Choice;
  }

  normal(): number {
    if (this.spare !== undefined) {
      const { spare } = this;
      this.spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Student's t: heavy tails for few degrees of freedom. */
  student(degrees: number): number {
    let sum = 0;
    for (let index = 0; index < degrees; index++) {
      sum += this.normal() ** 2;
    }
    return this.normal() / Math.sqrt(sum / degrees);
  }
}

/** A falling loss: a power law from `start` to near `end` over `rows` rows. */
function falling(row: number, rows: number, start: number, end: number, power = 0.4): number {
  const progress = (row + 1) ** -power;
  const last = rows ** -power;
  return end + ((start - end) * (progress - last)) / (1 - last);
}

function cosineRate(row: number, rows: number, warmup: number, peak: number): number {
  return row < warmup
    ? (peak * (row + 1)) / warmup
    : (peak * (1 + Math.cos((Math.PI * (row - warmup)) / (rows - warmup)))) / 2;
}

type Noise = (random: Random) => number;
const gaussian =
  (sigma: number): Noise =>
  (random) =>
    Math.exp(sigma * random.normal());

/** A curve under multiplicative noise, one row per `stride` steps. */
function curve(
  random: Random,
  tag: string,
  rows: number,
  stride: number,
  at: (row: number) => number,
  noise: Noise,
): MadeRecord[] {
  return Array.from({ length: rows }, (_, row) => ({ tag, step: row * stride, value: at(row) * noise(random) }));
}

/** Several curves in the order of their steps, as one log would hold them. */
function merge(...curves: readonly (readonly MadeRecord[])[]): MadeRecord[] {
  return curves
    .flatMap((records, which) => records.map((record, at) => ({ record, which, at })))
    .toSorted((left, right) => left.record.step - right.record.step || left.which - right.which || left.at - right.at)
    .map(({ record }) => record);
}

const healthyLanguageModel = (random: Random): MadeRun => {
  const rows = random.pick([150, 800, 3000, 12000]);
  const stride = random.pick([1, 10, 50]);
  const start = random.uniform(9, 11.5);
  const end = random.uniform(2, 4);
  return {
    records: merge(
      curve(
        random,
        'train/loss',
        rows,
        stride,
        (row) => falling(row, rows, start, end),
        gaussian(random.uniform(0.005, 0.05)),
      ),
      curve(
        random,
        'train/grad_norm',
        rows,
        stride,
        (row) => 0.3 + 5 / (1 + row / 20),
        gaussian(random.uniform(0.1, 0.4)),
      ),
      curve(
        random,
        'lr',
        rows,
        stride,
        (row) => cosineRate(row, rows, rows / 50, 6e-4),
        () => 1,
      ),
    ),
  };
};

const fineTuning = (random: Random): MadeRun => {
  const rows = random.pick([20, 60, 200, 1000]);
  const start = random.uniform(1.2, 2.2);
  const end = start * random.uniform(0.6, 0.9);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        10,
        (row) => end + (start - end) * Math.exp(-row / (rows * 0.05 + 1)),
        gaussian(random.uniform(0.02, 0.12)),
      ),
      curve(random, 'grad_norm', rows, 10, () => 0.8, gaussian(0.3)),
      curve(random, 'eval_loss', 6, Math.floor((rows * 10) / 6), (row) => end * (1.02 - 0.003 * row), gaussian(0.002)),
      curve(
        random,
        'learning_rate',
        rows,
        10,
        (row) => 2e-5 * (1 - row / rows),
        () => 1,
      ),
    ),
  };
};

const detector = (random: Random): MadeRun => {
  const rows = random.pick([500, 4000]);
  const start = random.pick([156, 24000, 27, 8]);
  const end = random.uniform(0.3, 5) * (start > 1000 ? 30 : 1);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        50,
        (row) => end + (end * 2) / (1 + row / 50) + start * Math.exp(-row / 1.5),
        gaussian(random.uniform(0.02, 0.08)),
      ),
      curve(
        random,
        'lr',
        rows,
        50,
        (row) => 0.01 * Math.min(1, (row + 1) / 10) * (row < rows * 0.67 ? 1 : row < rows * 0.92 ? 0.1 : 0.01),
        () => 1,
      ),
    ),
  };
};

const milestones = (random: Random): MadeRun => {
  const rows = random.pick([90, 600, 5000]);
  const drops = [0.33, 0.66].map((share) => Math.floor(share * rows));
  const factor = (row: number): number => 0.5 ** drops.filter((drop) => row >= drop).length;
  const start = random.uniform(2, 7);
  return {
    records: merge(
      curve(
        random,
        'train_loss',
        rows,
        1,
        (row) => 0.1 + factor(row) * falling(row, rows, start, start * 0.3, 0.5),
        gaussian(random.uniform(0.02, 0.1)),
      ),
      curve(
        random,
        'lr',
        rows,
        1,
        (row) => 0.1 * 0.1 ** drops.filter((drop) => row >= drop).length,
        () => 1,
      ),
    ),
  };
};

const warmRestarts = (random: Random): MadeRun => {
  const rows = random.pick([600, 3000]);
  const cycles = random.integer(2, 5);
  const period = Math.floor(rows / cycles);
  const rise = random.uniform(0.1, 0.7);
  return {
    records: merge(
      curve(
        random,
        'train_loss',
        rows,
        1,
        (row) =>
          falling(row, rows, 4, 1) *
          (1 + (row < period ? 0 : rise) * Math.max(0, Math.cos((Math.PI * (row % period)) / period))),
        gaussian(0.03),
      ),
      curve(
        random,
        'lr',
        rows,
        1,
        (row) => 0.05 * (1 + Math.cos((Math.PI * (row % period)) / period)) + 1e-4,
        () => 1,
      ),
    ),
  };
};

const epochStaircase = (random: Random): MadeRun => {
  const epochs = random.integer(3, 8);
  const perEpoch = random.pick([100, 400]);
  const rows = epochs * perEpoch;
  return {
    records: curve(
      random,
      'loss',
      rows,
      10,
      (row) => 2.5 * 0.82 ** Math.floor(row / perEpoch) + 1.5 * Math.exp(-row / 30) + (row % perEpoch) * 0.0001,
      gaussian(random.uniform(0.02, 0.08)),
    ),
  };
};

const sortedByLength = (random: Random): MadeRun => {
  const epochs = random.integer(5, 12);
  const perEpoch = random.pick([80, 200]);
  const rows = epochs * perEpoch;
  const swing = random.uniform(0.1, 0.35);
  return {
    records: curve(
      random,
      'train_loss',
      rows,
      1,
      (row) => falling(row, rows, 5, 1) * (1 + swing * ((row % perEpoch) / perEpoch - 0.5)),
      gaussian(0.05),
    ),
  };
};

const groupRelativePolicy = (random: Random): MadeRun => {
  const rows = random.pick([100, 1000]);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        1,
        (row) => 1e-4 * random.normal() + (row % 7 === 0 ? 0 : 1e-5 * row),
        () => 1,
      ),
      curve(random, 'reward', rows, 1, (row) => 0.2 + (0.5 * row) / rows, gaussian(0.1)),
      curve(random, 'kl', rows, 1, (row) => (0.05 * row) / rows, gaussian(0.3)),
      curve(random, 'grad_norm', rows, 1, () => 0.3, gaussian(0.5)),
    ),
  };
};

const deepQ = (random: Random): MadeRun => {
  const rows = random.pick([300, 3000]);
  return {
    records: merge(
      curve(random, 'train/loss', rows, 1000, (row) => 0.01 * Math.exp((7 * row) / rows), gaussian(0.5)),
      curve(random, 'rollout/ep_rew_mean', rows, 1000, (row) => 20 + (480 * row) / rows, gaussian(0.1)),
    ),
  };
};

const memorising = (random: Random): MadeRun => {
  const rows = random.pick([200, 2000]);
  return {
    records: curve(
      random,
      'loss',
      rows,
      1,
      (row) => 2.3 * Math.exp((-row * 12) / rows),
      gaussian(random.uniform(0.2, 0.7)),
    ).map((record) => ({ ...record, value: Number(record.value.toFixed(4)) })),
  };
};

const tinyLosses = (random: Random): MadeRun => {
  const rows = random.pick([300, 5000]);
  return {
    records: curve(
      random,
      'train_loss',
      rows,
      1,
      (row) => 1e-2 * Math.exp((-row * 9) / rows) + 1e-7,
      gaussian(random.uniform(0.1, 0.8)),
    ),
  };
};

const evidenceLowerBound = (random: Random): MadeRun => {
  const rows = random.pick([150, 2000]);
  const end = random.pick([-1, -800, -3]);
  const start = random.pick([2, 500]);
  const sigma = random.uniform(0.02, 0.1) * Math.abs(start - end);
  return {
    records: Array.from({ length: rows }, (_, row) => ({
      tag: 'train/loss',
      step: row,
      value: falling(row, rows, start, end, 0.5) + sigma * random.normal() * (0.3 + 1 / (1 + row / 30)),
    })),
  };
};

const heavyTails = (random: Random): MadeRun => {
  const rows = random.pick([2000, 20000]);
  const degrees = random.pick([2, 3, 4]);
  const scale = random.uniform(0.02, 0.06);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        1,
        (row) => falling(row, rows, 10.8, 3),
        (source) => 1 + Math.max(-0.5, Math.min(0.9, scale * source.student(degrees))),
      ),
      curve(
        random,
        'grad_norm',
        rows,
        1,
        () => 0.5,
        (source) => Math.exp(0.45 * source.student(12)),
      ),
    ),
  };
};

const epochsOfKeras = (random: Random): MadeRun => {
  const rows = random.integer(8, 100);
  const end = random.uniform(0.05, 0.8);
  const sigma = random.uniform(0.01, 0.15);
  return {
    records: merge(
      curve(random, 'train/epoch_loss', rows, 1, (row) => falling(row, rows, 2.2, end, 0.6), gaussian(0.02)),
      curve(
        random,
        'validation/epoch_loss',
        rows,
        1,
        (row) => falling(row, rows, 2.0, end * 1.15, 0.6),
        gaussian(sigma),
      ),
    ),
  };
};

const wanderingNoise = (random: Random): MadeRun => {
  const rows = random.pick([400, 3000]);
  const memory = random.uniform(0.9, 0.99);
  const size = random.uniform(0.01, 0.04);
  let drift = 0;
  return {
    records: curve(
      random,
      'loss',
      rows,
      10,
      (row) => {
        drift = memory * drift + Math.sqrt(1 - memory ** 2) * size * random.normal();
        return falling(row, rows, 8, 2.2) * Math.exp(drift);
      },
      gaussian(0.02),
    ),
  };
};

const resumed = (random: Random): MadeRun => {
  const rows = random.pick([300, 2000]);
  const cut = Math.floor(rows * random.uniform(0.3, 0.8));
  const back = Math.floor(cut * random.uniform(0.7, 0.98));
  const noise = gaussian(random.uniform(0.01, 0.05));
  const value = (row: number): MadeRecord => ({
    tag: 'loss',
    step: row * 10,
    value: falling(row, rows, 9, 2.5) * noise(random),
  });
  return {
    records: [
      ...Array.from({ length: cut }, (_, row) => value(row)),
      ...Array.from({ length: rows - back }, (_, row) => value(back + row)),
    ],
  };
};

const severalRunsInOneLog = (random: Random): MadeRun => {
  const runs = random.integer(2, 4);
  const rows = random.pick([40, 300]);
  return {
    records: Array.from({ length: runs }, () =>
      merge(
        curve(random, 'train_loss', rows, 10, (row) => falling(row, rows, 10.8, 3.3), gaussian(0.02)),
        curve(random, 'val_loss', 10, rows, (row) => falling(row, 10, 10.8, 3.3), gaussian(0.003)),
      ),
    ).flat(),
  };
};

const stablePhase = (random: Random): MadeRun => {
  const rows = random.pick([1000, 6000]);
  const decay = Math.floor(rows * 0.85);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        10,
        (row) =>
          falling(Math.min(row, decay), rows, 10, 2.9, 0.6) -
          (row > decay ? (0.25 * (row - decay)) / (rows - decay) : 0),
        gaussian(0.02),
      ),
      curve(
        random,
        'lr',
        rows,
        10,
        (row) => 1e-3 * (row < 50 ? row / 50 : row < decay ? 1 : 1 - (row - decay) / (rows - decay)),
        () => 1,
      ),
    ),
  };
};

const diffusion = (random: Random): MadeRun => {
  const rows = random.pick([300, 5000]);
  return {
    records: curve(
      random,
      'train_loss',
      rows,
      1,
      (row) => 0.08 + 0.9 * Math.exp(-row / 15),
      gaussian(random.uniform(0.15, 0.4)),
    ),
  };
};

const contrastive = (random: Random): MadeRun => {
  const rows = random.pick([500, 3000]);
  return {
    records: curve(
      random,
      'loss',
      rows,
      10,
      (row) => 6.8 + 1.7 * (1 - Math.exp(-row / 10)) - 2.4 * (row / rows) ** 0.6,
      gaussian(0.01),
    ),
  };
};

const preferences = (random: Random): MadeRun => {
  const rows = random.pick([50, 400]);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        10,
        (row) => 0.3 + 0.393 * Math.exp((-2 * row) / rows),
        gaussian(random.uniform(0.05, 0.2)),
      ),
      curve(random, 'rewards/margins', rows, 10, (row) => (3 * row) / rows, gaussian(0.1)),
    ),
  };
};

const marginalOverfitting = (random: Random): MadeRun => {
  const evaluations = random.integer(8, 40);
  return {
    records: merge(
      curve(
        random,
        'train/loss',
        evaluations * 10,
        25,
        (row) => falling(row, evaluations * 10, 4.2, 1.1),
        gaussian(0.01),
      ),
      curve(
        random,
        'val/loss',
        evaluations,
        250,
        (row) => 1.45 + 2.7 * Math.exp(-row / (evaluations / 8)) + (0.018 * row) / evaluations,
        gaussian(0.003),
      ),
    ),
  };
};

const burstyGradients = (random: Random): MadeRun => {
  const rows = random.pick([1000, 10000]);
  return {
    records: merge(
      curve(random, 'loss', rows, 50, (row) => falling(row, rows, 9, 4.2), gaussian(0.04)),
      curve(
        random,
        'grad_norm',
        rows,
        50,
        () => 8,
        (source) => Math.exp(0.2 * source.normal()) * (source.uniform() < 0.003 ? source.uniform(5, 50) : 1),
      ),
    ),
  };
};

const fewRows = (random: Random): MadeRun => {
  const rows = random.integer(5, 25);
  return {
    records: curve(
      random,
      'loss',
      rows,
      500,
      (row) => falling(row, rows, 3, 1, 0.7),
      gaussian(random.uniform(0.01, 0.12)),
    ),
  };
};

const skippedSteps = (random: Random): MadeRun => {
  const rows = 400;
  return {
    records: merge(
      curve(random, 'loss', rows, 1, (row) => falling(row, rows, 8, 3), gaussian(0.02)),
      curve(random, 'grad_norm', rows, 1, (row) => ([0, 1, 2, 150, 300].includes(row) ? Infinity : 1), gaussian(0.2)),
      curve(
        random,
        'loss_scale',
        rows,
        1,
        (row) => 65536 / 2 ** (row >= 3 ? 3 : row),
        () => 1,
      ),
    ),
  };
};

const evaluatedNowAndThen = (random: Random): MadeRun => {
  const rows = 120;
  return {
    records: merge(
      curve(random, 'train_loss', rows, 1, (row) => falling(row, rows, 2.3, 0.4), gaussian(0.03)),
      curve(random, 'val_loss', rows, 1, (row) => (row % 5 === 4 ? falling(row, rows, 2.3, 0.5) : NaN), gaussian(0.02)),
    ),
  };
};

/** Gamma-distributed batch losses: the mean of `shape` exponential ones. */
const gamma =
  (shape: number): Noise =>
  (random) => {
    let sum = 0;
    for (let index = 0; index < shape; index++) {
      sum -= Math.log(1 - random.uniform());
    }
    return sum / shape;
  };

const tinyBatches = (random: Random): MadeRun => {
  const rows = random.pick([100, 1000, 8000]);
  const start = random.uniform(1, 3);
  return {
    records: curve(
      random,
      'loss',
      rows,
      1,
      (row) => falling(row, rows, start, start * random.pick([0.2, 0.5]), 0.5),
      gamma(random.integer(1, 6)),
    ),
  };
};

const instructionTuning = (random: Random): MadeRun => {
  const rows = random.pick([150, 600, 2500]);
  const perEpoch = Math.ceil(rows / 3);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        1,
        (row) => 1.1 - 0.12 * Math.floor(row / perEpoch) + 0.5 * Math.exp(-row / 15),
        gaussian(random.uniform(0.1, 0.3)),
      ),
      curve(random, 'grad_norm', rows, 1, () => 1.5, gaussian(random.uniform(0.3, 0.7))),
      curve(
        random,
        'learning_rate',
        rows,
        1,
        (row) => cosineRate(row, rows, rows * 0.03, 2e-4),
        () => 1,
      ),
    ),
  };
};

const validationOutliers = (random: Random): MadeRun => {
  const epochs = random.integer(15, 80);
  return {
    records: merge(
      curve(random, 'loss', epochs, 1, (row) => falling(row, epochs, 1.8, 0.3, 0.5), gaussian(0.02)),
      curve(
        random,
        'val_loss',
        epochs,
        1,
        (row) => falling(row, epochs, 1.9, 0.45, 0.5),
        (source) => Math.exp(0.06 * source.normal()) * (source.uniform() < 0.12 ? source.uniform(1.5, 6) : 1),
      ),
    ),
  };
};

const detectorByParts = (random: Random): MadeRun => {
  const epochs = random.pick([50, 100, 300]);
  const part = (name: string, level: number): MadeRecord[] => [
    ...curve(
      random,
      `train/${name}_loss`,
      epochs,
      1,
      (row) => falling(row, epochs, level * 2.5, level, 0.4),
      gaussian(0.01),
    ),
    ...curve(
      random,
      `val/${name}_loss`,
      epochs,
      1,
      (row) => falling(row, epochs, level * 2.3, level * 1.1, 0.4) * (name === 'obj' ? 1 + (0.15 * row) / epochs : 1),
      gaussian(0.015),
    ),
  ];
  return { records: merge(part('box', 0.04), part('obj', 0.06), part('cls', 0.02)) };
};

const weightsSetBack = (random: Random): MadeRun => {
  const rows = random.pick([150, 900]);
  const period = Math.ceil(rows / random.integer(2, 4));
  return {
    records: curve(random, 'loss', rows, 10, (row) => falling(row % period, period, 2.3, 0.4, 0.5), gaussian(0.03)),
  };
};

const evaluationAlone = (random: Random): MadeRun => {
  const rows = random.pick([10, 50, 160]);
  return { records: curve(random, 'val_loss', rows, 125, (row) => falling(row, rows, 10.8, 3.28), gaussian(0.002)) };
};

/** Runs on which nothing must be reported above a note. */
export const HEALTHY: readonly Family[] = [
  { name: 'language model, cosine schedule', make: healthyLanguageModel },
  { name: 'fine-tuning on small batches', make: fineTuning },
  { name: 'detector that begins high', make: detector },
  { name: 'learning-rate milestones', make: milestones },
  { name: 'warm restarts', make: warmRestarts },
  { name: 'epoch staircase of repeated data', make: epochStaircase },
  { name: 'batches sorted by length', make: sortedByLength },
  { name: 'GRPO', make: groupRelativePolicy },
  { name: 'DQN', make: deepQ },
  { name: 'memorising down to 0.0', make: memorising },
  { name: 'losses down to 1e-7', make: tinyLosses },
  { name: 'loss that turns negative', make: evidenceLowerBound },
  { name: 'heavy-tailed noise', make: heavyTails },
  { name: 'Keras epochs', make: epochsOfKeras },
  { name: 'wandering noise', make: wanderingNoise },
  { name: 'resumed with overlap', make: resumed },
  { name: 'several runs in one log', make: severalRunsInOneLog },
  { name: 'warmup, stable, decay', make: stablePhase },
  { name: 'diffusion at its noise floor', make: diffusion },
  { name: 'contrastive with a queue', make: contrastive },
  { name: 'preference optimisation', make: preferences },
  { name: 'evaluation rises by 1 %', make: marginalOverfitting },
  { name: 'bursts of the gradient norm', make: burstyGradients },
  { name: 'few rows', make: fewRows },
  { name: 'loss scaler skips steps', make: skippedSteps },
  { name: 'evaluation in every fifth row', make: evaluatedNowAndThen },
  { name: 'tiny batches', make: tinyBatches },
  { name: 'instruction tuning, every step', make: instructionTuning },
  { name: 'outliers of the evaluation', make: validationOutliers },
  { name: 'detector logged in parts', make: detectorByParts },
  { name: 'weights set back on purpose', make: weightsSetBack },
  { name: 'evaluation alone', make: evaluationAlone },
];

function withFault(run: MadeRun, tag: string, change: (row: number, value: number) => number): MadeRecord[] {
  let row = 0;
  return run.records.map((record) => (record.tag === tag ? { ...record, value: change(row++, record.value) } : record));
}

function stepOf(run: MadeRun, tag: string, row: number): number {
  return run.records.filter((record) => record.tag === tag)[row]?.step ?? NaN;
}

function rowsOf(run: MadeRun, tag: string): number {
  return run.records.filter((record) => record.tag === tag).length;
}

const lastingSpike = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/loss');
  const from = Math.floor(rows * random.uniform(0.3, 0.9));
  const length = random.integer(6, 30);
  const height = random.uniform(0.4, 2);
  return {
    records: withFault(base, 'train/loss', (row, value) =>
      row >= from && row < from + length ? value * (1 + height * Math.exp(-(row - from) / (length / 2))) : value,
    ),
    fault: {
      symptoms: ['loss-spike', 'divergence'],
      from: stepOf(base, 'train/loss', from),
      to: stepOf(base, 'train/loss', from + length),
    },
  };
};

const singleSpike = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/loss');
  const at = Math.floor(rows * random.uniform(0.3, 0.95));
  const height = random.uniform(3.5, 20);
  return {
    records: withFault(base, 'train/loss', (row, value) => (row === at ? value * height : value)),
    fault: { symptoms: ['loss-spike'], from: stepOf(base, 'train/loss', at), to: stepOf(base, 'train/loss', at) },
  };
};

const fastDivergence = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/loss');
  const from = Math.floor(rows * random.uniform(0.1, 0.85));
  const target = random.pick([7.5, 12, 300]);
  const speed = random.uniform(3, rows / 20);
  return {
    records: withFault(base, 'train/loss', (row, value) =>
      row >= from ? value + (target - value) * (1 - Math.exp(-(row - from) / speed)) : value,
    ),
    fault: { symptoms: ['divergence'], from: stepOf(base, 'train/loss', from), to: Infinity },
  };
};

const slowDivergence = (random: Random): MadeRun => {
  const rows = random.pick([150, 1000, 5000]);
  const from = Math.floor(rows * random.uniform(0.2, 0.5));
  const rise = random.uniform(0.15, 0.5);
  return {
    records: curve(
      random,
      'loss',
      rows,
      10,
      (row) => falling(Math.min(row, from), rows, 9, 3) * (1 + rise * Math.max(0, (row - from) / (rows - from))),
      gaussian(0.02),
    ),
    fault: { symptoms: ['divergence'], from: from * 10, to: rows * 10 },
  };
};

const notANumber = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/loss');
  const from = random.integer(1, rows - 2);
  return {
    records: withFault(base, 'train/loss', (row, value) => (row >= from ? NaN : value)),
    fault: { symptoms: ['non-finite'], from: stepOf(base, 'train/loss', from), to: Infinity },
  };
};

const zeroWithNaNGradient = (random: Random): MadeRun => {
  const base = fineTuning(random);
  const rows = rowsOf(base, 'loss');
  const from = random.integer(3, rows - 5);
  const zeroed = withFault(base, 'loss', (row, value) => (row >= from ? 0 : value));
  return {
    records: withFault({ records: zeroed }, 'grad_norm', (row, value) => (row >= from ? NaN : value)),
    fault: { symptoms: ['non-finite'], from: from * 10, to: Infinity },
  };
};

const zeroAlone = (random: Random): MadeRun => {
  const base = fineTuning(random);
  const rows = rowsOf(base, 'loss');
  const from = random.integer(5, rows - 5);
  return {
    records: withFault(base, 'loss', (row, value) => (row >= from ? 0 : value)),
    fault: { symptoms: ['loss-zero', 'non-finite'], from: from * 10, to: Infinity },
  };
};

const stuckEpochs = (random: Random): MadeRun => {
  const rows = random.integer(12, 60);
  const classes = random.pick([2, 10, 100]);
  return {
    records: curve(
      random,
      'train/epoch_loss',
      rows,
      1,
      (row) => Math.log(classes) + 0.01 * Math.exp(-row),
      gaussian(0.001),
    ),
    fault: { symptoms: ['plateau'], from: 0, to: rows },
  };
};

const stuckSteps = (random: Random): MadeRun => {
  const rows = random.pick([300, 3000]);
  const level = random.uniform(0.75, 1) * 10.8;
  return {
    records: curve(
      random,
      'loss',
      rows,
      1,
      (row) => level + (10.8 - level) * Math.exp(-row / (0.02 * rows)),
      gaussian(0.004),
    ),
    fault: { symptoms: ['plateau'], from: 0, to: rows },
  };
};

const overfitted = (random: Random): MadeRun => {
  const evaluations = random.integer(8, 60);
  const best = Math.floor(evaluations * random.uniform(0.15, 0.6));
  const rise = random.uniform(0.12, 0.6);
  const level = random.uniform(0.3, 3);
  return {
    records: merge(
      curve(
        random,
        'train_loss',
        evaluations * 5,
        20,
        (row) => falling(row, evaluations * 5, level * 3, level * 0.3, 0.3),
        gaussian(0.03),
      ),
      curve(
        random,
        'val_loss',
        evaluations,
        100,
        (row) =>
          level * (1 + 1.5 * Math.exp((-3 * row) / best) + rise * Math.max(0, (row - best) / (evaluations - best))),
        gaussian(random.uniform(0.002, 0.015)),
      ),
    ),
    fault: { symptoms: ['overfitting'], from: best * 100, to: evaluations * 100 },
  };
};

const risesAtOnce = (random: Random): MadeRun => {
  const rows = random.pick([9, 40, 500]);
  const height = random.uniform(2.2, 6);
  return {
    records: curve(
      random,
      'lm loss',
      rows,
      10,
      (row) => 4 + 7 * Math.exp(-row / 5) * (1 + (row === 0 ? 0 : height * 1.6 * Math.exp(-Math.abs(row - 2) / 1.5))),
      gaussian(0.03),
    ),
    fault: { symptoms: ['early-rise', 'divergence', 'loss-spike'], from: 0, to: 100 },
  };
};

const spikeOfBoth = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/loss');
  const from = Math.floor(rows * random.uniform(0.3, 0.9));
  const spiked = withFault(base, 'train/loss', (row, value) => (row >= from && row < from + 8 ? value * 1.8 : value));
  return {
    records: withFault({ records: spiked }, 'train/grad_norm', (row, value) =>
      row >= from - 1 && row < from + 4 ? value * 150 : value,
    ),
    fault: {
      symptoms: ['loss-spike'],
      from: stepOf(base, 'train/loss', from),
      to: stepOf(base, 'train/loss', from + 8),
    },
  };
};

const hugeGradient = (random: Random): MadeRun => {
  const base = healthyLanguageModel(random);
  const rows = rowsOf(base, 'train/grad_norm');
  const at = Math.floor(rows * random.uniform(0.3, 0.95));
  return {
    records: withFault(base, 'train/grad_norm', (row, value) => (row === at ? value * 1000 : value)),
    fault: {
      symptoms: ['gradient-spike'],
      from: stepOf(base, 'train/grad_norm', at),
      to: stepOf(base, 'train/grad_norm', at),
    },
  };
};

const policyNaN = (random: Random): MadeRun => {
  const base = groupRelativePolicy(random);
  const rows = rowsOf(base, 'loss');
  const from = random.integer(10, rows - 5);
  return {
    records: withFault(base, 'loss', (row, value) => (row >= from ? NaN : value)),
    fault: { symptoms: ['non-finite'], from, to: Infinity },
  };
};

const overfittedAlone = (random: Random): MadeRun => {
  const { records, fault } = overfitted(random);
  return { records: records.filter(({ tag }) => tag === 'val_loss'), ...(fault === undefined ? {} : { fault }) };
};

const overfittedParts = (random: Random): MadeRun => {
  const epochs = random.pick([60, 150]);
  const part = (name: string, level: number): MadeRecord[] => [
    ...curve(
      random,
      `train/${name}_loss`,
      epochs,
      1,
      (row) => falling(row, epochs, level * 2.5, level * 0.4, 0.3),
      gaussian(0.01),
    ),
    ...curve(
      random,
      `val/${name}_loss`,
      epochs,
      1,
      (row) => level * (1 + Math.exp(-row / 6) + (0.35 * Math.max(0, row - 15)) / epochs),
      gaussian(0.015),
    ),
  ];
  return {
    records: merge(part('box', 0.04), part('cls', 0.02)),
    fault: { symptoms: ['overfitting'], from: 15, to: epochs },
  };
};

const nearlyZeroFromTheStart = (random: Random): MadeRun => {
  const rows = random.integer(20, 200);
  return {
    records: merge(
      curve(
        random,
        'loss',
        rows,
        10,
        () => 0,
        () => 1,
      ),
      curve(
        random,
        'grad_norm',
        rows,
        10,
        () => NaN,
        () => 1,
      ),
      curve(
        random,
        'learning_rate',
        rows,
        10,
        (row) => 2e-5 * (1 - row / rows),
        () => 1,
      ),
    ),
    fault: { symptoms: ['non-finite', 'loss-zero'], from: 0, to: rows * 10 },
  };
};

/** Runs with one fault each. */
export const FAULTY: readonly Family[] = [
  { name: 'spike of several rows', make: lastingSpike },
  { name: 'spike of one row', make: singleSpike },
  { name: 'spike of gradient and loss', make: spikeOfBoth },
  { name: 'gradient 1,000-fold in one row', make: hugeGradient },
  { name: 'fast divergence', make: fastDivergence },
  { name: 'slow divergence', make: slowDivergence },
  { name: 'NaN', make: notANumber },
  { name: 'loss 0 beside NaN gradients', make: zeroWithNaNGradient },
  { name: 'loss 0 all of a sudden', make: zeroAlone },
  { name: 'NaN in reinforcement learning', make: policyNaN },
  { name: 'stuck at ln(classes), epochs', make: stuckEpochs },
  { name: 'stuck early, steps', make: stuckSteps },
  { name: 'overfitting', make: overfitted },
  { name: 'overfitting, evaluation alone', make: overfittedAlone },
  { name: 'overfitting of a detector in parts', make: overfittedParts },
  { name: 'loss 0 from the first row', make: nearlyZeroFromTheStart },
  { name: 'rises at once', make: risesAtOnce },
];
