import { construction, optimizerClass } from '../../loops/python/optimizers.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { isInClosure } from '../../loops/python/unitStructure.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { EditRefused } from './editList.js';

const SCHEDULE_FREE = 'Schedule-free optimizers bring their own warmup, and average the weights in place of a decay.';

/** Why no schedule may scale the steps of an optimizer, by its class in lower case; undefined where one may. */
export function unscheduledReason(className: string): string | undefined {
  if (className === 'lbfgs') {
    return 'LBFGS searches for the length of its steps itself.';
  }
  return className.endsWith('schedulefree') ? SCHEDULE_FREE : undefined;
}

/** The same for what configurations and `TrainingArguments(optim=…)` call an optimizer ("schedule_free_adamw"). */
export function unscheduledSetting(optimizer: string | null): string | null {
  return optimizer !== null && /^schedule_?free/i.test(optimizer) ? SCHEDULE_FREE : null;
}

/** @throws EditRefused where the optimizer of a step works out the length of its steps itself, or may do so */
export function refuseUnscheduled(step: Occurrence, unit: TrainingUnit, { module, units }: PythonAnalysis): void {
  const { target, owner } = step.event;
  const built = target === null ? null : construction(target, owner, 'optimizer', module, units.objects);
  const className = built && optimizerClass(built, module);
  const reason = unscheduledReason(className?.toLowerCase() ?? '');
  if (reason !== undefined) {
    throw new EditRefused(reason);
  }
  if (!className && unit.backwards.some((backward) => isInClosure(backward, step.event))) {
    throw new EditRefused(
      `${target ?? 'The optimizer'} runs a closure, as LBFGS does, and what it is can't be told from this file.`,
    );
  }
  if (className === 'Adafactor' && built && !built.call.keywords.has('lr')) {
    throw new EditRefused('Adafactor without a learning rate works out its own.');
  }
}
