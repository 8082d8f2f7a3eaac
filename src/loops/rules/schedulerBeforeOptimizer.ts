import { readCall } from '../python/expressions.js';
import { statementOf, type PythonModule } from '../python/pythonModule.js';
import type { Rule } from './rule.js';

/** PyTorch's schedulers expect the optimizer to have stepped; otherwise the first value of the schedule is lost. */
export const schedulerBeforeOptimizer: Rule = (unit, module, lines) => {
  const [step] = unit.steps;
  if (!step) {
    return [];
  }
  const block = statementOf(step.site).parent;
  return unit.events
    .filter(
      ({ event, site }) =>
        event.kind === 'schedule' &&
        statementOf(site).parent === block &&
        site.start < step.site.start &&
        event.target !== null &&
        isTorchScheduler(event.target, module),
    )
    .map(({ event }) => ({
      rule: 'scheduler-before-optimizer',
      line: lines.lineAt(event.node.start),
      message: `${event.target}.step() comes before the optimizer's step, so the first learning rate of the schedule is skipped.`,
      fixes: [],
    }));
};

function isTorchScheduler(target: string, module: PythonModule): boolean {
  return module.assignments.some((assignment) => {
    const call = assignment.target === target ? readCall(module.text, assignment.value) : null;
    const root = call?.callee?.split('.')[0];
    const binding = module.imports.find(({ name }) => name === root);
    const path = `${binding?.path ?? ''}.${call?.callee ?? ''}`;
    return path.startsWith('torch') && path.includes('lr_scheduler');
  });
}
