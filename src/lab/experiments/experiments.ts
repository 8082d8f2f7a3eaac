import { PAPERS } from '../arms/papers.js';
import { clippingOf, settingsWith } from '../settings.js';
import type { LabSettings, Placement } from '../settings.js';
import type { Claim, Experiment, Sweep, TryFix } from './experiment.js';

/** The transformer of the ready experiments: small enough for a dozen runs in three minutes on two cores. */
const SMALL = { kind: 'transformer', depth: 3, width: 48, heads: 4, context: 32 } as const;
/** Deep enough that something can happen over depth. */
const DEEP = { kind: 'transformer', depth: 12, width: 32, heads: 4, context: 32 } as const;
const OFTEN = { evaluateEvery: 20, detailEvery: 20, heldOut: 32 } as const;
const STEPS = 120;

/** Post-LN at full speed from the first step: it stays on a plateau. */
const POST_LN = settingsWith({
  model: { ...SMALL, placement: 'post' },
  optimizer: { learningRate: 2e-2, beta2: 0.999 },
  steps: STEPS,
  measure: OFTEN,
});

/** Pre-LN at a rate at which attention logits run away. */
const FAST_PRE_LN = settingsWith({
  model: SMALL,
  optimizer: { learningRate: 3e-2 },
  steps: STEPS,
  measure: OFTEN,
});

/** Pre-LN that does well, until something strikes in the middle. */
const STRUCK = settingsWith({
  model: SMALL,
  optimizer: { learningRate: 3e-3 },
  perturbations: [{ kind: 'corrupted-batch', at: 0.5, factor: 1000 }],
  steps: STEPS,
  measure: { ...OFTEN, evaluateEvery: 10 },
});

const RATE_SPIKE = {
  ...STRUCK,
  perturbations: [{ kind: 'learning-rate-factor', at: 0.5, steps: 1, factor: 20 }],
} as const;

/** The paper's own: ten thousand times the rate. */
const HUGE_RATE_SPIKE = {
  ...STRUCK,
  perturbations: [{ kind: 'learning-rate-factor', at: 0.5, steps: 1, factor: 10_000 }],
} as const;

const TRY_FIX: readonly TryFix[] = [
  {
    kind: 'try-fix',
    id: 'post-ln-without-warmup',
    title: 'Post-LN without a warmup stays on a plateau',
    papers: [PAPERS.preLn, PAPERS.rAdam],
    settings: POST_LN,
    rules: [],
    healthy: ['lower-learning-rate+warmup'],
    metric: 'held-out-loss',
    arms: ['warmup', 'lower-learning-rate', 'clip-gradients', 'radam', 'peri-ln', 'pre-ln'],
  },
  {
    kind: 'try-fix',
    id: 'pre-ln-at-a-high-rate',
    title: 'Pre-LN at a learning rate that is too high',
    papers: [PAPERS.proxies],
    settings: FAST_PRE_LN,
    rules: [],
    healthy: ['lower-learning-rate'],
    metric: 'held-out-loss',
    arms: ['lower-learning-rate', 'warmup', 'qk-norm', 'peri-ln', 'z-loss', 'clip-gradients'],
  },
  {
    kind: 'try-fix',
    id: 'corrupted-batch',
    title: 'A corrupted batch with a huge gradient',
    papers: [PAPERS.spam, PAPERS.zClip, PAPERS.adaGC],
    settings: STRUCK,
    rules: [],
    healthy: [],
    metric: 'held-out-loss',
    arms: ['clip-gradients', 'zclip', 'spam', 'adagc', 'reset-momentum', 'peri-ln'],
  },
  {
    kind: 'try-fix',
    id: 'rate-spike',
    title: 'One step at twenty times the learning rate',
    papers: [PAPERS.ghosts],
    settings: RATE_SPIKE,
    rules: [],
    healthy: [],
    metric: 'held-out-loss',
    arms: ['clip-gradients', 'softmax-radius', 'reset-momentum', 'spam', 'qk-norm', 'peri-ln'],
  },
];

/** A deep Pre-LN with the schedule that the papers on norms use. */
function deep(learningRate: number, placement: Placement = 'pre'): LabSettings {
  return settingsWith({
    model: { ...DEEP, placement },
    optimizer: { learningRate },
    schedule: { kind: 'cosine', warmup: 0.1 },
    steps: STEPS,
    measure: { ...OFTEN, evaluateEvery: 40, detailEvery: 40 },
  });
}

/** A rate at which the weights of twelve blocks move far enough for the stream to grow. */
const DEEP_AND_FAST = 1e-2;

/** As in the paper, norms of queries and keys keep another trouble of high rates away, and nothing decays. */
const FAST_QK_NORM = settingsWith({
  model: { ...SMALL, qkNorm: true },
  optimizer: { learningRate: 1e-1 },
  schedule: { kind: 'cosine', warmup: 0.05, floor: 0.03 },
  // log Z drifts late: the penalty of 1e-4 needs hundreds of steps to say anything.
  steps: 600,
  measure: { ...OFTEN, evaluateEvery: 100, detailEvery: 100 },
});

/** An MLP that learns the same task again and again, its features in another order each time. */
const MANY_TASKS = settingsWith({
  model: { kind: 'mlp', depth: 3, width: 64 },
  data: { kind: 'noisy-labels', classes: 10, tasks: 20 },
  optimizer: { learningRate: 1e-2, beta2: 0.999 },
  steps: 1200,
  batch: 32,
  measure: { evaluateEvery: 15, detailEvery: 60, heldOut: 256 },
});

const MODULAR = settingsWith({
  model: { kind: 'mlp', depth: 2, width: 96 },
  data: { kind: 'modular-addition', classes: 23, size: 210 },
  // Gradients far below the usual epsilon must still move something: the paper's own precision runs have this one.
  optimizer: { learningRate: 1e-2, beta2: 0.99, epsilon: 1e-30 },
  steps: 2000,
  batch: 210,
  measure: { evaluateEvery: 250, detailEvery: 250, heldOut: 256 },
});

const FULL_BATCH = settingsWith({
  model: { kind: 'mlp', depth: 2, width: 32 },
  data: { kind: 'noisy-labels', classes: 6, size: 96 },
  optimizer: { kind: 'sgd', momentum: 0, learningRate: 0.2 },
  steps: 300,
  batch: 96,
  measure: { evaluateEvery: 60, detailEvery: 0, curvatureEvery: 60, heldOut: 128 },
});

const CLAIMS: readonly Claim[] = [
  {
    kind: 'claim',
    id: 'claim-warmup-post-ln',
    title: 'Warmup lets Post-LN learn',
    papers: [PAPERS.rAdam, PAPERS.curvature],
    settings: POST_LN,
    rules: [],
    arm: 'warmup',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Without a warmup, Adam at a high rate ends in bad places; with one it does not.',
  },
  {
    kind: 'claim',
    id: 'claim-radam-needs-no-warmup',
    title: 'RAdam makes up for a missing warmup',
    papers: [PAPERS.rAdam],
    settings: POST_LN,
    rules: [],
    arm: 'radam',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Rectifying the variance of the adaptive rate does what a warmup does.',
  },
  {
    kind: 'claim',
    id: 'claim-pre-ln-needs-no-warmup',
    title: 'Pre-LN trains without a warmup',
    papers: [PAPERS.preLn],
    settings: POST_LN,
    rules: [],
    arm: 'pre-ln',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'With the norms in front of the sub-layers, the warmup can be left out.',
  },
  {
    kind: 'claim',
    id: 'claim-peri-ln-variance',
    title: 'Peri-LN keeps variance over depth smaller than Pre-LN',
    papers: [PAPERS.periLn],
    settings: deep(DEEP_AND_FAST),
    rules: [],
    arm: 'peri-ln',
    metric: 'variance-over-depth',
    expected: 'lower',
    claim:
      'Under Pre-LN the variance of the stream can grow up to exponentially over depth, under Peri-LN about linearly.',
  },
  {
    kind: 'claim',
    id: 'claim-peri-ln-gradients',
    title: 'Peri-LN keeps gradients over depth more even than Post-LN',
    papers: [PAPERS.periLn, PAPERS.preLn],
    settings: deep(DEEP_AND_FAST, 'post'),
    rules: [],
    arm: 'peri-ln',
    metric: 'gradient-evenness',
    expected: 'lower',
    claim:
      'Post-LN holds the variance constant, and its gradients vanish towards the first blocks; those of Peri-LN do not.',
  },
  {
    kind: 'claim',
    id: 'claim-qk-norm-logits',
    title: 'QK-norm bounds attention logits',
    papers: [PAPERS.proxies],
    settings: FAST_PRE_LN,
    rules: [],
    arm: 'qk-norm',
    metric: 'attention-logit',
    expected: 'lower',
    claim:
      'At high learning rates attention logits grow until training diverges; norms of queries and keys prevent it.',
  },
  {
    kind: 'claim',
    id: 'claim-z-loss',
    title: 'z-loss holds log Z near zero',
    papers: [PAPERS.proxies],
    settings: FAST_QK_NORM,
    rules: [],
    arm: 'z-loss',
    metric: 'log-z',
    expected: 'lower',
    claim: 'Output logits drift away from zero at high rates; a penalty of 1e-4 (log Z)² prevents it.',
  },
  {
    kind: 'claim',
    id: 'claim-spam-spike',
    title: 'SPAM is unharmed by a gradient spike',
    papers: [PAPERS.spam],
    settings: STRUCK,
    rules: [],
    arm: 'spam',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Cutting spiked entries and forgetting moments keeps a spike from doing lasting damage.',
  },
  {
    kind: 'claim',
    id: 'claim-zclip-spike',
    title: 'ZClip is unharmed by a gradient spike',
    papers: [PAPERS.zClip],
    settings: STRUCK,
    rules: [],
    arm: 'zclip',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Clipping norms by their z-score takes spikes away.',
  },
  {
    kind: 'claim',
    id: 'claim-adagc-spike',
    title: 'AdaGC is unharmed by a gradient spike',
    papers: [PAPERS.adaGC],
    settings: STRUCK,
    rules: [],
    arm: 'adagc',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Bounding each tensor by its own running norm takes spikes away.',
  },
  {
    kind: 'claim',
    id: 'claim-softmax-collapse',
    title: 'StableMax avoids softmax collapse',
    papers: [PAPERS.grokking],
    settings: MODULAR,
    rules: [],
    arm: 'stablemax',
    metric: 'softmax-collapse',
    expected: 'lower',
    claim: 'Once data are memorised, logits grow until softmax in single precision gives samples no gradient at all.',
  },
  {
    kind: 'claim',
    id: 'claim-mix-ln-gradients',
    title: 'Mix-LN evens gradients out over depth',
    papers: [PAPERS.mixLn],
    // At higher rates its Post-LN blocks do not train at all.
    settings: deep(3e-3),
    rules: [],
    arm: 'mix-ln',
    metric: 'gradient-evenness',
    expected: 'lower',
    claim:
      'Post-LN in the first quarter of the blocks and Pre-LN behind makes gradient norms more even than Pre-LN alone.',
  },
  {
    kind: 'claim',
    id: 'claim-edge-of-stability',
    title: 'Sharpness settles where the learning rate lets it',
    papers: [PAPERS.edgeOfStability],
    settings: FULL_BATCH,
    rules: [],
    arm: 'half-learning-rate',
    metric: 'sharpness',
    expected: 'higher',
    claim:
      'Under full-batch gradient descent sharpness rises to 2/η and stays there: half the rate, twice the sharpness.',
  },
  {
    kind: 'claim',
    id: 'claim-rate-spike-radius',
    title: 'A spike of the learning rate leaves the radius of softmax',
    papers: [PAPERS.ghosts],
    settings: settingsWith({
      model: SMALL,
      optimizer: { learningRate: 3e-3 },
      steps: 60,
      measure: { ...OFTEN, evaluateEvery: 30, radiusEvery: 10 },
    }),
    rules: [],
    arm: 'rate-spike',
    metric: 'safe-step-ratio',
    expected: 'higher',
    claim: 'A rate that jumps takes the step beyond the radius within which the series of softmax converges (r > 1).',
  },
  {
    kind: 'claim',
    id: 'claim-softmax-radius-controls-spike',
    title: 'Steps within the radius of softmax survive a spike of the learning rate',
    papers: [PAPERS.ghosts],
    settings: HUGE_RATE_SPIKE,
    rules: [],
    arm: 'softmax-radius',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Steps beyond the radius are those that break training: shortened to it, a spike of the rate does no harm.',
  },
  {
    kind: 'claim',
    id: 'claim-redo-plasticity',
    title: 'ReDo keeps a network able to learn',
    papers: [PAPERS.reDo],
    settings: MANY_TASKS,
    rules: [],
    arm: 'redo',
    metric: 'held-out-loss',
    expected: 'lower',
    claim: 'Units fall dormant while targets change, and the network learns ever less; recycling them prevents it.',
  },
  {
    kind: 'claim',
    id: 'claim-continual-backprop',
    title: 'Continual backprop keeps a network able to learn',
    papers: [PAPERS.plasticityLoss],
    settings: MANY_TASKS,
    rules: [],
    arm: 'continual-backprop',
    metric: 'held-out-loss',
    expected: 'lower',
    claim:
      'Learning one task after the other becomes worse than learning the last alone; renewing the least useful units keeps it up.',
  },
  {
    kind: 'claim',
    id: 'claim-double-descent',
    title: 'Held-out loss falls a second time',
    papers: [PAPERS.doubleDescent],
    settings: settingsWith({
      model: { kind: 'mlp', depth: 0, width: 32 },
      data: { kind: 'two-scales', classes: 2, size: 64 },
      optimizer: { kind: 'sgd', momentum: 0.9, learningRate: 1 },
      steps: 1500,
      batch: 64,
      measure: { evaluateEvery: 10, detailEvery: 0, heldOut: 512 },
    }),
    rules: [],
    arm: 'label-noise',
    metric: 'second-descent',
    expected: 'higher',
    claim: 'With label noise, features that are learned fast are overfitted before slow ones are learned.',
  },
];

const SWEEP_SETTINGS = settingsWith({
  model: { ...SMALL, depth: 2 },
  optimizer: { learningRate: 3e-3 },
  schedule: { kind: 'cosine', warmup: 0.05, floor: 0.03 },
  clipping: [clippingOf('norm')],
  steps: 120,
  measure: { ...OFTEN, detailEvery: 0 },
});

const SWEEPS: readonly Sweep[] = [
  {
    kind: 'sweep',
    id: 'learning-rate-sensitivity',
    title: 'How much the final loss depends on the learning rate',
    papers: [PAPERS.proxies],
    settings: SWEEP_SETTINGS,
    rules: [],
    // From 3e-4 to 3e-1, as in the paper.
    learningRates: [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1],
    arms: ['qk-norm', 'peri-ln'],
  },
];

/** Every experiment that ships. */
export const EXPERIMENTS: readonly Experiment[] = [...TRY_FIX, ...CLAIMS, ...SWEEPS];

/** What is tried when nothing is said. */
export const STANDARD_EXPERIMENT: TryFix = TRY_FIX[0]!;

/** The experiment of that name. */
export function experimentNamed(id: string): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.id === id);
}
