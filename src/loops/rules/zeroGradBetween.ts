import { statementOf } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';

/** Cleared between the backward pass and the step, the gradients never reach the weights. */
export const zeroGradBetween: Rule = {
  id: 'zero-grad-between-backward-and-step',
  title: 'Gradients are cleared before the step can use them',
  severity: 'error',
  scope: 'loop',
  why: 'The backward pass fills the gradients, `zero_grad` empties them, and the step then moves by nothing, or by momentum and weight decay alone: the loss stays where it is.',
  silences: ['another optimizer’s gradients are cleared', 'another step stands between the two'],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    criterion(model(x), y).backward()
    optimizer.zero_grad()
    optimizer.step()
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit) =>
    unit.steps.flatMap((step) => {
      const block = statementOf(step.site).parent;
      const direct = unit.events.filter(({ event, site }) => site === event.node);
      const at = direct.indexOf(step);
      const before = direct.slice(0, at).reverse();
      const backwardAt = before.findIndex(({ event }) => event.kind === 'backward');
      const between = before.slice(0, Math.max(backwardAt, 0));
      const cleared = between.find(
        ({ event }) => event.kind === 'zero-grad' && event.target !== null && event.target === step.event.target,
      );
      const backward = before[backwardAt];
      const sameBlock =
        cleared && backward && [cleared, backward].every(({ site }) => statementOf(site).parent === block);
      const stepped = between.some(({ event }) => event.kind === 'step');
      return sameBlock && !stepped
        ? [
            {
              node: cleared.event.node,
              message: `${cleared.event.target}.zero_grad() clears the gradients before the step can use them: nothing is learned.`,
            },
          ]
        : [];
    }),
  ),
};
