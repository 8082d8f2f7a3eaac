import { HIDDEN_UNITS } from '../editing/hiddenUnits.js';
import { gradientFix } from '../gradientFix.js';
import { notCompiled } from '../editing/compiledModels.js';

/** ReDo: hidden units that hardly act get new incoming weights from time to time. */
export const redo = gradientFix({
  description: {
    id: 'redo',
    title: 'Recycle dormant units (ReDo)',
    why: 'Units that are near zero for every input learn nothing any more; every thousand steps they get new incoming weights, and outgoing weights of zero, so that the network computes what it did and can learn again.',
    answers: ['plasticity', 'activations'],
    contraindications: [
      'Training once, on data that do not change: a constant share of silent units is sparsity there, no loss.',
      'Batches of a few examples: a unit that is silent on them need not be dormant.',
      'Units behind a layer norm, whose sizes are near each other by design.',
      'Gated and attention layers of a Transformer: units that are multiplied or added are left alone.',
    ],
    frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning'],
    settings: [
      {
        name: 'threshold',
        title: 'Share of the mean size of a layer’s units, up to which a unit is dormant',
        default: 0.025,
        source: 'Sokar et al. 2023, DQN; 0.1 in their other settings',
      },
      {
        name: 'interval',
        title: 'Steps from one recycling to the next',
        default: 1000,
        source: 'Sokar et al. 2023, DQN',
      },
    ],
    papers: [
      {
        title: 'The Dormant Neuron Phenomenon in Deep Reinforcement Learning',
        authors: 'Ghada Sokar, Rishabh Agarwal, Pablo Samuel Castro, Utku Evci',
        year: 2023,
      },
    ],
    labArm: 'redo',
  },
  bounds: { threshold: { above: 0, below: 1 }, interval: { above: 1, whole: true } },
  subject: 'optimizer',
  ofLayers: true,
  remembers: true,
  uses: [HIDDEN_UNITS],
  unless: notCompiled,
  knownAs:
    /^(?:re_?do|recycle_\w+|\w*(?:dormant|dead)_(?:neurons?|units?)|(?:reset|redo)_(?:dormant|dead)\w*|run_redo)$/i,
  notes: [
    'Frozen layers stay as they are; so do target networks, which follow by their own updates.',
    'Units that are dead for good need no freezing: they get no gradient anyway. This brings them back.',
  ],
  helper: (values) => `
def recycle_dormant_units(optimizer, threshold=${values['threshold']}, interval=${values['interval']}):
    """Renews hidden units whose size is at most \`threshold\` of their layer's mean (ReDo, Sokar et al. 2023).

    Call it once a step, before optimizer.step(). The steps are counted in optimizer.param_groups[0].
    """
    optimizer = getattr(optimizer, "optimizer", optimizer)  # what Accelerate, Fabric or Lightning wrapped
    first = optimizer.param_groups[0]
    step = first["redo_step"] = first.get("redo_step", -1) + 1
    units = getattr(optimizer, "watched_units", None)
    if units is not None:  # the pass that these gradients come from was watched
        for layer, readers, size, _ in units.take():
            dormant = size <= threshold * size.mean()
            if dormant.any():
                units.renew(layer, readers, dormant)
        units.hook.remove()
        optimizer.watched_units = None
    if (step + 2) % interval == 0:
        optimizer.watched_units = HiddenUnits(optimizer)
`,
});
