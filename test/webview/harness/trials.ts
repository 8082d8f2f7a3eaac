import type { LabTrial, TrialArm, TrialVerdict } from '../../../src/contract/labProtocol.js';
import { seededNoise } from './runs.js';

const STEPS = 160;

function verdict(
  word: TrialVerdict['verdict'],
  effect: number,
  half: number,
  note: string | null = null,
): TrialVerdict {
  return {
    ...{ verdict: word, effect, interval: [effect - half, effect + half], seeds: 3, baseline: 3, value: 3 + effect },
    note,
  };
}

/** Three seeds of a loss that falls to `end`, struck in the middle where it is ill. */
function arm(label: string, title: string, end: number, of: Partial<TrialArm> = {}): TrialArm {
  const noise = seededNoise(label.length);
  const every = (stride: number) => Array.from({ length: STEPS / stride }, (_, index) => index * stride);
  const curve = (steps: readonly number[]) => {
    const mean = steps.map((step) => {
      const struck = of.fix === undefined && label === 'baseline' && step >= STEPS / 2;
      return end + 2 * Math.exp(-step / 30) + (struck ? 0.9 * Math.exp(-(step - STEPS / 2) / 60) : 0) + noise() * 0.02;
    });
    return {
      ...{ steps, mean, least: mean.map((value) => value - 0.08), most: mean.map((value) => value + 0.1) },
      points: steps.length * 3,
    };
  };
  return {
    label,
    fix: label === 'baseline' || label === 'healthy' ? null : label,
    title,
    runs: [0, 1, 2].map((seed) => ({ seed, state: 'done', folder: `/lab/${label}-seed${seed}` })),
    verdict: null,
    curves: { 'eval/loss': curve(every(20)), 'train/loss': curve(every(1)) },
    ...of,
  };
}

/** A trial that has ended: one fix of each verdict. */
export const TRIAL: LabTrial = {
  subject: { run: 'run', finding: 'finding' },
  finding: { title: 'Gradient spike, then divergence', symptom: 'gradient-spike' },
  runName: 'gpt-small · seed 3',
  stage: 'done',
  backend: 'wasm',
  ladder: [
    {
      ...{ id: 'node-gpu', available: false, msPerStep: null },
      reason:
        'needs @tensorflow/tfjs-node-gpu, which does not ship: npm install it into a folder and name that with --packages',
    },
    { id: 'webgpu', available: false, reason: 'needs webgpu and @tensorflow/tfjs-backend-webgpu', msPerStep: null },
    { id: 'wasm', available: true, reason: null, msPerStep: 36.4 },
    { id: 'cpu', available: true, reason: null, msPerStep: 912 },
  ],
  proxy: {
    parameters: 92_448,
    shape: 'a transformer of 3 layers, width 48, 4 heads, context 32; adamw, batch 8, 160 steps',
    rules: [
      'Learning rate 0.0006 × width 768 / 48 × √(depth 12 / 3) = 0.0192 (μP and depth-μP for Adam).',
      'The spike is made by one batch of noise in the middle, its gradient × 1000.',
    ],
  },
  measure: { title: 'held-out loss at the end', unit: 'nats of held-out loss', better: 'lower' },
  reproduction: {
    ...{ reproduced: true, effect: 0.5, interval: [0.42, 0.58], seeds: 3, baseline: 2.5, value: 3, note: null },
  },
  arms: [
    arm('baseline', '', 3),
    arm('healthy', '', 2.5),
    arm('zclip', 'Clip spikes of the gradient norm (ZClip)', 2.52, { verdict: verdict('helps', -0.48, 0.12) }),
    arm('clip-gradients', 'Clip gradients by their global norm', 2.46, { verdict: verdict('helps', -0.55, 0.09) }),
    arm('add-warmup', 'Warm the learning rate up', 3.0, { verdict: verdict('no-effect', 0.005, 0.015) }),
    arm('spam', 'Forget momentum after spikes (SPAM)', 2.9, {
      verdict: verdict('unclear', -0.1, 0.4, 'within the noise of three seeds'),
    }),
    arm('peri-ln', 'Norms on both sides of each sub-layer (Peri-LN)', 3.2, { verdict: verdict('hurts', 0.21, 0.1) }),
  ],
  untried: [{ fix: 'set-epoch', title: 'Shuffle anew each epoch', reason: 'the lab has no arm for it' }],
  seeds: 3,
  progress: { done: 21, planned: 21, share: 1, secondsLeft: 0 },
  seconds: 74,
  problems: [],
};
