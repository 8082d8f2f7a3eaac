import { statementOf } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';

/** Behind the step, clipping changes gradients that nothing uses any more. */
export const clipAfterStep: Rule = {
  id: 'clip-after-step',
  title: 'Gradients are clipped after the step',
  severity: 'error',
  scope: 'loop',
  why: 'The step has already used the gradients as they were. What is clipped afterwards is cleared before anything reads it: the run is not clipped at all, although its code says so.',
  silences: ['another step follows the clipping', 'the gradients are clipped before the step as well'],
  bad: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
`,
  good: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
`,
  fixes: ['clip-gradients'],
  papers: [],
  check: inUnits((unit) => {
    const direct = unit.events.filter(({ event, site }) => site === event.node);
    const [step] = unit.steps;
    const clips = unit.events.filter(({ event }) => event.kind === 'clip');
    const [clip] = clips;
    // Helpers may do more than clip, and with two passes the clipping may belong to the second.
    const simple = unit.steps.length === 1 && unit.backwards.length === 1 && clips.length === 1;
    if (!step || !clip || !simple || !/^clip_grad_(norm|value)_?$/.test(clip.event.callee)) {
      return [];
    }
    const block = statementOf(step.site).parent;
    const [backward] = unit.backwards;
    const together = [clip, step].every((one) => direct.includes(one));
    const sameBlock = together && [clip, backward].every((one) => one && statementOf(one.site).parent === block);
    const after = sameBlock && clip.site.start > step.site.end && (backward?.site.start ?? 0) < step.site.start;
    const cleared = direct.some(({ event, site }) => event.kind === 'zero-grad' && site.start < step.site.start);
    return after && cleared
      ? [
          {
            node: clip.event.node,
            message: 'Gradients are clipped after the step that used them: nothing is bounded. Clip before the step.',
          },
        ]
      : [];
  }),
};
