import { numberSource } from '../editing/numberSource.js';
import { optimizerNumberFix } from '../optimizerNumberFix.js';

/** Largest learning rate times weight decay that is safe: a hundredth of the weights a step. */
const LARGEST_SHRINKING = 1e-2;

/** Where weight_decay stands in torch.optim.AdamW, and its default [code torch/optim/adamw.py]. */
const WEIGHT_DECAY = { keyword: 'weight_decay', position: 4, byDefault: 0.01 };

/** Much more weight decay for a language model that sees its data again and again. */
export const weightDecayForRepeatedData = optimizerNumberFix({
  description: {
    id: 'weight-decay-for-repeated-data',
    title: 'Decay weights much more where data repeat',
    why: 'When a model sees its data many times, the usual weight decay lets it memorise them; the best one is some thirty times as large.',
    answers: ['overfitting'],
    contraindications: [
      'Runs of one epoch: nothing is seen twice.',
      'Fine-tuning of pretrained weights, which so much decay destroys.',
      'A learning rate so high that each step would shrink the weights by more than a hundredth.',
      'SGD and Adam with L2, where the number means something else.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'transformers', 'keras', 'jax'],
    settings: [
      {
        name: 'weight-decay',
        title: 'Weight decay of AdamW',
        default: 0.8,
        source:
          'Best for 150 million parameters and 200 million tokens; 1.6 for 300 million, 3.2 for 600 million (2025)',
      },
    ],
    papers: [
      {
        title: 'Pre-training under infinite compute',
        authors: 'Konwoo Kim, Suhas Kotha, Percy Liang, Tatsunori Hashimoto',
        year: 2025,
      },
    ],
    labArm: 'weight-decay',
  },
  setting: 'weight-decay',
  bounds: { above: 0 },
  optimizers: new Set(['AdamW']),
  slot: WEIGHT_DECAY,
  argument: { name: 'weight_decay', byDefault: 0 },
  libraries: {
    keras: { name: 'weight_decay', byDefault: 0.004, optimizers: new Set(['adamw']) },
    optax: { name: 'weight_decay', byDefault: 1e-4, optimizers: new Set(['adamw']) },
  },
  title: 'Weight decay',
  suffices: (present, wanted) => present >= wanted,
  refuses: ({ analysis, found }, wanted, built) => {
    if (analysis.module.calls.some(({ name }) => name === 'from_pretrained')) {
      return 'The weights are pretrained here: so much decay would destroy what they know.';
    }
    const groups = built.some(({ call }) => {
      const parameters = call.keywords.get('params') ?? call.positional[0];
      return parameters && /weight_decay/.test(analysis.module.text.slice(parameters.start, parameters.end));
    });
    if (groups) {
      return 'The parameter groups have weight decays of their own: change them there.';
    }
    const rates = [
      ...found.places.optimizers.flatMap(({ learningRate }) =>
        learningRate ? [{ node: learningRate, owner: analysis.module.ownerOf(learningRate) }] : [],
      ),
      ...(found.origin.kind === 'arguments'
        ? [
            {
              node: found.origin.arguments.call.keywords.get('learning_rate'),
              owner: found.origin.arguments.call.owner,
            },
          ]
        : []),
    ].map(({ node, owner }) => numberSource(node, owner, analysis)?.value ?? 0);
    const rate = Math.max(0, ...rates);
    return rate * wanted >= LARGEST_SHRINKING
      ? `At a learning rate of ${rate} each step would shrink the weights by ${(rate * wanted * 100).toPrecision(2)} %: choose a smaller weight-decay.`
      : null;
  },
  notes: [
    'The weight decay for biases and normalisation layers is raised, too, unless they have a group of their own.',
    'Tune the learning rate and the number of epochs anew.',
  ],
});
