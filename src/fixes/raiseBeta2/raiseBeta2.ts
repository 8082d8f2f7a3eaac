import { BETA2 } from '../editing/optimizerArguments.js';
import { optimizerNumberFix } from '../optimizerNumberFix.js';
import { ADAM_KIND, KERAS_ADAM_KIND, OPTAX_ADAM_KIND } from '../optimizerKinds.js';

/** A longer memory of squared gradients. */
export const raiseBeta2 = optimizerNumberFix({
  description: {
    id: 'raise-beta2',
    title: "Lengthen Adam's memory (raise beta2)",
    why: 'Averages the squares of the gradients over more steps, so that the step length of each weight is steadier; rare large gradients are remembered longer.',
    answers: ['oscillation', 'plateau'],
    contraindications: [
      'Spikes: a long memory of squares keeps steps small for a while after each, and reacts late to gradients that grow.',
      'Gradients whose size changes quickly, as early in a run without warmup.',
      'In the middle of a run: a small transient follows, since the old average was a shorter one.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'transformers', 'keras', 'jax', 'tfjs'],
    settings: [
      {
        name: 'beta2',
        title: 'Share of the old in the running mean of squared gradients',
        default: 0.999,
        source: 'Default of torch.optim; above the 0.95 of language models, as recommended for cooldowns (2025)',
      },
    ],
    papers: [
      {
        title: 'Training Dynamics of the Cooldown Stage in Warmup-Stable-Decay Learning Rate Scheduler',
        authors: 'Aleksandr Dremov, Alexander Hägele, Atli Kosson, Martin Jaggi',
        year: 2025,
      },
      {
        title: 'On the Convergence of Adam and Beyond',
        authors: 'Sashank J. Reddi, Satyen Kale, Sanjiv Kumar',
        year: 2018,
      },
    ],
    labArm: 'raise-beta2',
  },
  setting: 'beta2',
  bounds: { above: 0, below: 1 },
  optimizers: ADAM_KIND,
  slot: BETA2,
  argument: { name: 'adam_beta2', byDefault: 0.999 },
  libraries: {
    keras: { name: 'beta_2', byDefault: 0.999, optimizers: KERAS_ADAM_KIND },
    optax: { name: 'b2', byDefault: 0.999, optimizers: OPTAX_ADAM_KIND },
    tfjs: { name: 'beta2', byDefault: 0.999, optimizers: new Set(['adam']) },
  },
  title: 'Beta2',
  suffices: (present, wanted) => present >= wanted,
  notes: [],
  notesOnTorch: ['A run that is resumed takes beta2 from the saved state of the optimizer.'],
});
