import { textOf } from '../../loops/python/expressions.js';
import { isOptimizerCall } from '../../loops/python/objects.js';
import { construction } from '../../loops/python/optimizers.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { EditRefused } from './editList.js';

/** What arguments of an optimizer are called, or called by: `model.parameters()`, `param_groups`, `lr=…`. */
const OF_OPTIMIZERS = /param|group|weights|\blr\b|learning_rate/i;

/**
 * Refuses schedules for what only has the name and the `step` of an optimizer, such as a copy that follows a model:
 * PyTorch's schedulers take nothing but its own optimizers.
 */
export function refuseStranger({ target, owner }: TrainingEvent, { module, units }: PythonAnalysis): void {
  const built = target === null ? null : construction(target, owner, 'optimizer', module, units.objects);
  if (!built?.className || isOptimizerCall(built.call)) {
    return;
  }
  const { positional, keywords, spread } = built.call;
  const texts = [...positional, ...keywords.values()].map((node) => textOf(module.text, node));
  if (!spread && ![...keywords.keys(), ...texts].some((text) => OF_OPTIMIZERS.test(text))) {
    throw new EditRefused(
      `Whether ${built.className}, which builds ${target}, is an optimizer of PyTorch can't be told from this file.`,
    );
  }
}
