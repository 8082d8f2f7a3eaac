import { textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';

/** Whether the file reads the state of an optimizer back, its learning rate and its moments among it. */
export function restoresOptimizer({ module, units }: Pick<PythonAnalysis, 'module' | 'units'>): boolean {
  return module
    .callsNamed('load_state_dict')
    .some(({ receiver }) => receiver !== null && units.objects.kindOf(textOf(module.text, receiver)) === 'optimizer');
}
