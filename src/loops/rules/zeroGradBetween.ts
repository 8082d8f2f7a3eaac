import { statementOf } from '../python/pythonModule.js';
import type { Rule } from './rule.js';

/** Cleared between the backward pass and the step, the gradients never reach the weights. */
export const zeroGradBetween: Rule = (unit, _module, lines) =>
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
            rule: 'zero-grad-between-backward-and-step',
            line: lines.lineAt(cleared.event.node.start),
            message: `${cleared.event.target}.zero_grad() clears the gradients before the step can use them: nothing is learned.`,
            fixes: [],
          },
        ]
      : [];
  });
