import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';

/** `param_group['lr'] = …` and calls like it, anywhere in the file: a scheduler would fight with them. */
export function handSetRate({ module, units }: PythonAnalysis): TrainingEvent | undefined {
  return module.functions
    .flatMap((owner) => units.stream(owner))
    .map(({ event }) => event)
    .find(({ kind }) => kind === 'set-rate');
}
