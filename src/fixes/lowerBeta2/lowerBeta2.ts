import { BETA2 } from '../editing/optimizerArguments.js';
import { optimizerNumberFix } from '../optimizerNumberFix.js';
import { ADAM_KIND, KERAS_ADAM_KIND, OPTAX_ADAM_KIND } from '../optimizerKinds.js';

/** A shorter memory of squared gradients. */
export const lowerBeta2 = optimizerNumberFix({
  description: {
    id: 'lower-beta2',
    title: "Shorten Adam's memory (lower beta2)",
    why: 'Averages the squares of the gradients over fewer steps, so that Adam shortens its steps sooner when gradients grow; with 0.999 it needs a thousand steps to notice.',
    answers: ['loss-spike', 'gradient-spike', 'divergence'],
    contraindications: [
      'Small batches, whose squared gradients are noisy: steps become noisy, too.',
      'Rare features, whose gradients would be forgotten in between.',
      'Fine-tuning recipes that were tuned with the default.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'transformers', 'keras', 'jax', 'tfjs'],
    settings: [
      {
        name: 'beta2',
        title: 'Share of the old in the running mean of squared gradients',
        default: 0.95,
        source: 'Baseline of Small-scale proxies for large-scale Transformer training instabilities (2023)',
      },
    ],
    papers: [
      {
        title: 'Small-scale proxies for large-scale Transformer training instabilities',
        authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
        year: 2023,
      },
    ],
    labArm: 'lower-beta2',
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
  suffices: (present, wanted) => present <= wanted,
  notes: [],
  notesOnTorch: ['A run that is resumed takes beta2 from the saved state of the optimizer.'],
});
