import { stringValue } from '../../loops/python/expressions.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import type { OptimizerChange } from '../libraries/optimizerChange.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

/** Steps in a row that optax leaves out before it gives up and takes one: more are no accident. */
const PATIENCE = 100;

/** What the libraries themselves leave out. */
export const SKIP_IN_LIBRARIES: OptimizerChange = {
  keras: skipWithKeras,
  optax: skipWithOptax,
  without: {
    tfjs: 'TensorFlow.js would have to wait for the device at every step to know: clip the gradients or lower the learning rate.',
  },
};

function skipWithOptax(optimizer: OptaxOptimizer, { analysis: { module, lines } }: LoopContext): LoopOutcome {
  const there = ['apply_if_finite', 'skip_not_finite', 'DynamicScale'].flatMap((name) => module.callsNamed(name))[0];
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  optimizer.wrapWith('apply_if_finite', `max_consecutive_errors=${PATIENCE}`);
  return {
    kind: 'edited',
    notes: [`After ${PATIENCE} such steps in a row the next one is taken as it is.`, STATE_CHANGES],
  };
}

/**
 * Keras leaves such steps out where it scales the loss. With a scale of one that never grows, that is all that the
 * wrapper does [code keras/src/optimizers/loss_scale_optimizer.py, 3.15].
 */
function skipWithKeras(optimizer: KerasOptimizer, { analysis, found }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  const policy = module.calls.find(
    ({ name, positional }) =>
      /^(set_global_policy|set_dtype_policy|set_policy)$/.test(name) &&
      stringValue(module.text, positional[0]) === 'mixed_float16',
  );
  const there = policy ?? module.callsNamed('LossScaleOptimizer')[0];
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const ownStep = analysis.found.some(
    ({ origin }) => origin.kind === 'functional' && origin.functional.owner.name === 'train_step',
  );
  if (ownStep || found.origin.kind !== 'keras' || !/^fit/.test(found.origin.keras.fit?.name ?? '')) {
    return refused(
      'In a loop of your own the loss would have to be scaled, too: test the gradients there, or train by fit.',
    );
  }
  if (optimizer.argument('loss_scale_factor') || optimizer.argument('gradient_accumulation_steps')) {
    return refused('The optimizer scales or accumulates by itself, which does not go together with leaving steps out.');
  }
  optimizer.requireKeras3();
  optimizer.wrapWith('optimizers.LossScaleOptimizer', 'initial_scale=1.0, dynamic_growth_steps=10**9');
  return {
    kind: 'edited',
    notes: [
      'It takes Keras 3. Steps are left out in silence: watch the loss, and find what makes them rather than skip them.',
    ],
  };
}
