import { readCall } from '../python/expressions.js';
import { statementOf, type PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';

/** PyTorch's schedulers expect the optimizer to have stepped; otherwise the first value of the schedule is lost. */
export const schedulerBeforeOptimizer: Rule = {
  id: 'scheduler-before-optimizer',
  title: 'The scheduler steps before the optimizer',
  severity: 'warning',
  scope: 'loop',
  why: 'Since PyTorch 1.1 a scheduler is stepped after the optimizer. The other way round the first learning rate of the schedule is never used, and every later one comes a step early; PyTorch warns of it once, in a line that is easy to miss.',
  silences: ['the scheduler is not one of PyTorch’s', 'the two stand in different blocks'],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=1000)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    scheduler.step()
    optimizer.step()
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=1000)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
    scheduler.step()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module }) => {
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
        node: event.node,
        message: `${event.target}.step() comes before the optimizer's step, so the first learning rate of the schedule is skipped.`,
      }));
  }),
};

function isTorchScheduler(target: string, module: PythonModule): boolean {
  return module.assignments.some((assignment) => {
    const call = assignment.target === target ? readCall(module.text, assignment.value) : null;
    const root = call?.callee?.split('.')[0];
    const binding = module.importNamed(root);
    const path = `${binding?.path ?? ''}.${call?.callee ?? ''}`;
    return path.startsWith('torch') && path.includes('lr_scheduler');
  });
}
