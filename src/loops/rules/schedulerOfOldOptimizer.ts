import { readCall, textOf } from '../python/expressions.js';
import { isOptimizerCall, isSchedulerCall } from '../python/objects.js';
import { inUnits, type Rule } from './rule.js';

/** A scheduler holds the optimizer it was built with; a new one under the same name is not steered. */
export const schedulerOfOldOptimizer: Rule = {
  id: 'scheduler-of-old-optimizer',
  title: 'The scheduler steers an optimizer that was replaced',
  severity: 'error',
  scope: 'file',
  why: 'A scheduler keeps the optimizer object that it was built with. When the name is given to a new optimizer afterwards, the schedule goes on changing the old one, and the new one keeps its first learning rate for ever.',
  silences: ['the scheduler is built again afterwards', 'the two are built under different conditions'],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    scheduler.step()
`,
  good: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    scheduler.step()
`,
  fixes: [],
  papers: [],
  check: inUnits((_unit, { module }) =>
    module.assignments.flatMap((schedule) => {
      const call = readCall(module.text, schedule.value);
      const [first] = call?.positional ?? [];
      if (!call || !first || first.type !== 'identifier' || !isSchedulerCall(call)) {
        return [];
      }
      const name = textOf(module.text, first);
      const block = schedule.statement.parent;
      const builds = module.assignments.filter(({ target, value, statement }) => {
        const built = target === name && statement.parent === block ? readCall(module.text, value) : null;
        return built !== null && isOptimizerCall(built) && /^[A-Z]/.test(built.name);
      });
      const before = builds.some(({ statement }) => statement.end <= schedule.statement.start);
      const after = builds.find(({ statement }) => statement.start >= schedule.statement.end);
      const again =
        after &&
        module.assignments.some(
          ({ target, statement }) => target === schedule.target && statement.start > after.statement.start,
        );
      // A training loop between the two uses the first optimizer up; a second phase may do without the schedule.
      const used =
        after &&
        module
          .callsNamed('step')
          .some(
            ({ node, receiver }) =>
              receiver &&
              textOf(module.text, receiver) === name &&
              node.start > schedule.statement.end &&
              node.start < after.statement.start,
          );
      return before && after && !again && !used
        ? [
            {
              node: after.statement,
              message: `${schedule.target} was built for the optimizer that this line replaces: the new one keeps its first learning rate. Build the scheduler after it.`,
            },
          ]
        : [];
    }),
  ),
};
