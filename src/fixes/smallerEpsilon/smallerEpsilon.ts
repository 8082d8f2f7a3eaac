import { EPSILON } from '../editing/optimizerArguments.js';
import { optimizerNumberFix } from '../optimizerNumberFix.js';
import { ADAM_KIND, KERAS_ADAM_KIND, OPTAX_ADAM_KIND } from '../optimizerKinds.js';

/** Adam's epsilon, where gradients have become as small as it. */
export const smallerEpsilon = optimizerNumberFix({
  description: {
    id: 'smaller-epsilon',
    title: "Make Adam's epsilon smaller",
    why: 'Once gradients are as small as epsilon, Adam divides by epsilon instead of by them, and updates die away; a smaller one lets them keep their length.',
    answers: ['gradient-vanishing', 'plateau'],
    contraindications: [
      'Weights or optimizer states in float16, where so small a number is zero and the division is by zero.',
      'Gradients well above epsilon: nothing changes.',
      'Layers that have stopped for good reasons (dead units, frozen parts): noise would be amplified.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'transformers', 'keras', 'jax'],
    settings: [
      {
        name: 'epsilon',
        title: 'The number added to the root of the second moment',
        default: 1e-15,
        source:
          'Small-scale proxies for large-scale Transformer training instabilities (2023); from memory, to be verified',
      },
    ],
    papers: [
      {
        title: 'Small-scale proxies for large-scale Transformer training instabilities',
        authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
        year: 2023,
      },
    ],
    labArm: 'smaller-epsilon',
  },
  setting: 'epsilon',
  bounds: { above: 0 },
  optimizers: ADAM_KIND,
  slot: EPSILON,
  argument: { name: 'adam_epsilon', byDefault: 1e-8 },
  libraries: {
    keras: { name: 'epsilon', byDefault: 1e-7, optimizers: KERAS_ADAM_KIND },
    optax: { name: 'eps', byDefault: 1e-8, optimizers: OPTAX_ADAM_KIND },
  },
  without: { tfjs: 'On WebGL TensorFlow.js may compute in half precision, where so small an epsilon is zero.' },
  title: 'Epsilon',
  suffices: (present, wanted) => present <= wanted,
  refuses: ({ analysis: { module } }) =>
    module.calls.some(({ name, receiver }) => (name === 'half' && receiver !== null) || name === 'set_floatx')
      ? 'The model is in float16, where so small an epsilon is zero.'
      : null,
  notes: [],
  notesOnTorch: ['A run that is resumed takes epsilon from the saved state of the optimizer.'],
});
