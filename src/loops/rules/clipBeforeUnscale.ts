import { isClippedWhileScaled } from '../python/unitStructure.js';
import { inUnits, type Rule } from './rule.js';

/** With a GradScaler the gradients are multiplied by the loss scale until `unscale_`: a limit means nothing before it. */
export const clipBeforeUnscale: Rule = {
  id: 'clip-before-unscale',
  title: 'Gradients are clipped before `unscale_`',
  severity: 'error',
  scope: 'loop',
  why: 'Between `scaler.scale(loss).backward()` and `scaler.unscale_(optimizer)` the gradients are multiplied by the loss scale, mostly 65,536 at first. A limit of 1 is a limit of 1/65,536 then: every step is clipped to nearly nothing.',
  silences: ['the clipping is in a branch that runs without the scaler', 'the scaler’s own helper clips'],
  bad: `import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
`,
  good: `import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
`,
  fixes: ['clip-gradients'],
  papers: [],
  check: inUnits((unit) =>
    unit.events
      .filter((occurrence) => occurrence.event.kind === 'clip' && isClippedWhileScaled(occurrence, unit))
      .map(({ event }) => {
        const step = unit.steps.find((candidate) => candidate.event.route === 'scaler')?.event;
        return {
          node: event.node,
          message:
            'Gradients are clipped while they still carry the loss scale, so the limit is thousands of times too small. ' +
            `Call ${step?.through ?? 'scaler'}.unscale_(${step?.target ?? 'optimizer'}) first.`,
        };
      }),
  ),
};
