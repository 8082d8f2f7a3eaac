import { lastPart } from '../python/expressions.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';

/** Without `update` the loss scale never falls after an overflow. */
export const missingScalerUpdate: Rule = {
  id: 'missing-scaler-update',
  title: 'The loss scale is never updated',
  severity: 'error',
  scope: 'loop',
  why: '`scaler.step` skips a step whose gradients overflowed, and `scaler.update` halves the scale so that the next one may pass. Without it the scaler refuses the second `unscale_` or keeps a scale at which every step is skipped.',
  silences: ['the file calls `update` on any scaler', 'the scaler is handed to another function, which may update it'],
  bad: `import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    scaler.step(optimizer)
`,
  good: `import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    scaler.step(optimizer)
    scaler.update()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module }) => {
    const step = unit.steps.find(({ event }) => event.route === 'scaler')?.event;
    const scaler = step?.through;
    if (!step || !scaler || fileSays(module, /scaler\w*(\(\))?\s*\.\s*update\b/i)) {
      return [];
    }
    const name = lastPart(scaler);
    const handedOn = module.calls.some(({ positional, keywords }) =>
      [...positional, ...keywords.values()].some((node) => lastPart(module.text.slice(node.start, node.end)) === name),
    );
    return handedOn
      ? []
      : [
          {
            node: step.node,
            message: `${scaler}.update() is never called, so the loss scale can't adapt. Call it after the step.`,
          },
        ];
  }),
};
