import type { OptimizerPlace } from '../../loops/loopPlaces.js';
import { EditRefused } from '../editing/editList.js';
import { joined } from '../editing/optimizerArguments.js';
import { refused, type JavaScriptLoopContext, type LoopContext, type LoopFix, type LoopOutcome } from '../loopFix.js';
import { KerasOptimizer } from './kerasOptimizer.js';
import { OptaxOptimizer } from './optaxOptimizer.js';
import { TfjsOptimizer } from './tfjsOptimizer.js';

/** What a fix does where a library other than PyTorch builds the optimizer; libraries that are left out have no way. */
export interface OptimizerChange {
  readonly keras?: (optimizer: KerasOptimizer, context: LoopContext) => LoopOutcome;
  readonly optax?: (optimizer: OptaxOptimizer, context: LoopContext) => LoopOutcome;
  readonly tfjs?: (optimizer: TfjsOptimizer, context: JavaScriptLoopContext) => LoopOutcome;
  /** Why there is no way, where it is not the usual reason. */
  readonly without?: Readonly<Partial<Record<'keras' | 'optax' | 'tfjs', string>>>;
}

/** Words for the libraries that offer no way. */
const WITHOUT = {
  keras: 'The optimizers of Keras offer nothing of the kind.',
  optax: 'optax offers nothing of the kind.',
  tfjs: 'TensorFlow.js offers nothing of the kind.',
};

/** Handlers that make the change for each optimizer of a loop, whatever style of the library the loop is written in. */
export function onOptimizers({
  keras,
  optax,
  tfjs,
  without = {},
}: OptimizerChange): Pick<LoopFix, 'keras' | 'functional' | 'tfjs'> {
  const reasons = { ...WITHOUT, ...without };
  const inKeras = (places: readonly OptimizerPlace[], context: LoopContext): LoopOutcome =>
    keras
      ? overall(places, (place) => keras(new KerasOptimizer(place, context.analysis, context.edits), context))
      : refused(reasons.keras);
  return {
    keras: ({ optimizers }, context) => inKeras(optimizers, context),
    functional: ({ style, optimizers }, context) => {
      switch (style) {
        case 'tape':
          return inKeras(optimizers, context);
        case 'mlx':
          return refused('This fix is not known for MLX.');
        case 'example-optimizers':
          return refused('jax.example_libraries.optimizers offers nothing of the kind: optax does.');
        default:
          return optax
            ? overall(optimizers, (place) => optax(new OptaxOptimizer(place, context.analysis, context.edits), context))
            : refused(reasons.optax);
      }
    },
    tfjs: ({ optimizers }, context) =>
      tfjs
        ? overall(optimizers, (place) => tfjs(new TfjsOptimizer(place, context.analysis, context.edits), context))
        : refused(reasons.tfjs),
  };
}

/** One that can't be changed keeps the others as they are: half of the optimizers would be a different run. */
function overall(places: readonly OptimizerPlace[], change: (place: OptimizerPlace) => LoopOutcome): LoopOutcome {
  if (places.length === 0) {
    throw new EditRefused("Where the optimizer is built can't be told from this file.");
  }
  const outcomes = places.map(change);
  return outcomes.find(({ kind }) => kind === 'refused') ?? joined(outcomes);
}
