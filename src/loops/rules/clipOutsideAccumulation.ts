import { contains } from '../syntax/syntaxNode.js';
import { boundaryConditions } from '../python/unitStructure.js';
import { statementOf } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';

/** While gradients add up over several batches, clipping each partial sum bounds neither the sum nor its parts. */
export const clipOutsideAccumulation: Rule = {
  id: 'clip-outside-accumulation',
  title: 'Gradients are clipped between the batches of one step',
  severity: 'warning',
  scope: 'loop',
  why: 'Gradients add up over several batches here, and the optimizer steps on their sum. Clipping after each batch shrinks the batches that came first again and again and leaves the last one nearly whole: the step is no longer the mean of its batches, and its norm is still bounded only by chance.',
  silences: ['the step is not counted with `%`', 'the clipping stands under the same condition as the step'],
  bad: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / 4
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if (i + 1) % 4 == 0:
        optimizer.step()
        optimizer.zero_grad()
`,
  good: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / 4
    loss.backward()
    if (i + 1) % 4 == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module }) => {
    const clip = unit.events.find(({ event }) => event.kind === 'clip');
    const [step, ...otherSteps] = unit.steps;
    const [backward, ...otherBackwards] = unit.backwards;
    if (!clip || !step || !backward || otherSteps.length > 0 || otherBackwards.length > 0) {
      return [];
    }
    const counted = boundaryConditions(step, unit, module).some((condition) =>
      module.text.slice(condition.start, condition.end).includes('%'),
    );
    // Certain only where all stand in one function, and the clipping in the very block of the backward pass.
    const together = [clip, step, backward].every(({ site, event }) => site === event.node);
    const sameBlock = together && statementOf(clip.site).parent === statementOf(backward.site).parent;
    const guarded = together && contains(statementOf(clip.site), step.site);
    return counted && sameBlock && !guarded && clip.site.start > backward.site.start
      ? [
          {
            node: clip.event.node,
            message:
              'Gradients are clipped after every batch although the optimizer steps only every few batches. ' +
              'Clip once, right before the step.',
          },
        ]
      : [];
  }),
};
