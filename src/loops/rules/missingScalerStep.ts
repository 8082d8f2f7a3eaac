import { lastPart } from '../python/expressions.js';
import type { Occurrence, TrainingUnit } from '../python/trainingUnits.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';

/** A step that knows nothing of the scaler takes the loss scale for a part of the gradients. */
export const missingScalerStep: Rule = {
  id: 'missing-scaler-step',
  title: 'Scaled gradients are stepped without the scaler',
  severity: 'error',
  scope: 'loop',
  why: '`scaler.scale(loss).backward()` leaves gradients that are multiplied by the loss scale, mostly 65,536 at first. `optimizer.step()` uses them as they are: plain SGD moves 65,536 times too far, Adam loses the meaning of its epsilon, and gradients that overflowed reach the weights. `scaler.step(optimizer)` unscales them, and leaves the step out when they overflowed.',
  silences: [
    'any scaler of the file is stepped: a branch may tell the two ways apart',
    'the file unscales gradients, by `unscale_` or by hand',
    'the scaler is handed to another function, which may unscale',
    'the scaler is switched off, or may be',
  ],
  bad: `import torch

scaler = torch.amp.GradScaler("cuda")
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    scaler.scale(criterion(model(x), y)).backward()
    optimizer.step()
    scaler.update()
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
  fixes: ['bf16-instead-of-fp16'],
  papers: [{ title: 'Mixed Precision Training', authors: 'Micikevicius, Narang, et al.', year: 2018 }],
  check: inUnits((unit, { module }) => {
    const scaler = soleScaler(unit);
    const [step, ...others] = unit.steps;
    if (!scaler || !step || others.length > 0 || step.event.route !== 'plain' || step.site !== step.event.node) {
      return [];
    }
    const name = lastPart(scaler);
    const handedOn = module.calls.some(({ positional, keywords }) =>
      [...positional, ...keywords.values()].some((node) => lastPart(module.text.slice(node.start, node.end)) === name),
    );
    const isTorchs = fileSays(module, /\bGradScaler\s*\(/) && !fileSays(module, /\bGradScaler\s*\([^)]*\benabled\b/);
    const mends = fileSays(module, /scaler\w*(\(\))?\s*\.\s*(step|unscale_|_unscale_grads_|get_scale|minimize)\b/i);
    return handedOn || !isTorchs || mends
      ? []
      : [
          {
            node: step.event.node,
            message: `The gradients still carry the loss scale of ${scaler}, and ${step.event.target ?? 'the optimizer'} steps with them as they are. Call ${scaler}.step(${step.event.target ?? 'optimizer'}) instead.`,
          },
        ];
  }),
};

/** The scaler of every backward pass of the loop, where they all go through one. */
function soleScaler({ backwards }: TrainingUnit): string | null {
  const scalerOf = ({ event }: Occurrence) => (event.route === 'scaler' ? event.through : null);
  const scalers = new Set(backwards.map(scalerOf));
  const [only] = scalers;
  return scalers.size === 1 ? (only ?? null) : null;
}
