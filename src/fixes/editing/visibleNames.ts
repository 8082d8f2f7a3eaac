import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';

/** True when code in the scope can use the name as it is written ("accelerator", "self.fabric"). */
export function isVisible(dotted: string, scope: PythonFunction, { module, units }: PythonAnalysis): boolean {
  if (dotted.startsWith('self.')) {
    return units.objects.visibleAssignments(dotted, scope).length > 0;
  }
  const root = dotted.split('.')[0] as string;
  for (let at: PythonFunction | null = scope; at; at = at.parent) {
    const here = at;
    if (
      here.parameters.some(({ name }) => name === root) ||
      module.assignments.some(({ target, owner }) => target === root && owner === here) ||
      module.imports.some(({ name, owner }) => name === root && owner === here)
    ) {
      return true;
    }
  }
  return false;
}
