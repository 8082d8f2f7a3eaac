import { contains } from '../syntax/syntaxNode.js';
import { boundaryConditions } from '../python/unitStructure.js';
import { statementOf } from '../python/pythonModule.js';
import type { Rule } from './rule.js';

/** While gradients add up over several batches, clipping each partial sum bounds neither the sum nor its parts. */
export const clipOutsideAccumulation: Rule = (unit, module, lines) => {
  const [step, ...otherSteps] = unit.steps;
  const [backward, ...otherBackwards] = unit.backwards;
  if (!step || !backward || otherSteps.length > 0 || otherBackwards.length > 0) {
    return [];
  }
  const counted = boundaryConditions(step, unit, module).some((condition) =>
    module.text.slice(condition.start, condition.end).includes('%'),
  );
  const clip = unit.events.find(({ event }) => event.kind === 'clip');
  // Certain only where all stand in one function, and the clipping in the very block of the backward pass.
  const together = clip && [clip, step, backward].every(({ site, event }) => site === event.node);
  const sameBlock = together && statementOf(clip.site).parent === statementOf(backward.site).parent;
  const guarded = together && contains(statementOf(clip.site), step.site);
  return counted && sameBlock && !guarded && clip.site.start > backward.site.start
    ? [
        {
          rule: 'clip-outside-accumulation',
          line: lines.lineAt(clip.event.node.start),
          message:
            'Gradients are clipped after every batch although the optimizer steps only every few batches. ' +
            'Clip once, right before the step.',
          fixes: [],
        },
      ]
    : [];
};
