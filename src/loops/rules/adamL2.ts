import { numberValue } from '../python/expressions.js';
import { fullName } from './support/torchNames.js';
import { inUnits, type Rule } from './rule.js';

/** Adam divides an L2 term by the root of the second moment; decoupled decay shrinks all weights alike. */
export const adamL2: Rule = {
  id: 'adam-l2',
  title: 'Adam with L2 regularization instead of decoupled weight decay',
  severity: 'info',
  scope: 'loop',
  why: '`torch.optim.Adam(weight_decay=…)` adds the decay to the gradient, where Adam divides it by the root of the second moment: weights with large gradients are hardly decayed. AdamW shrinks all weights alike, generalizes better in the paper’s experiments, and its decay can be tuned apart from the learning rate.',
  silences: ['the decay is 0, or not a number in the source', '`decoupled_weight_decay=True` is set'],
  bad: `import torch

optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
`,
  good: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
`,
  fixes: ['adamw-instead-of-adam'],
  papers: [{ title: 'Decoupled Weight Decay Regularization', authors: 'Loshchilov, Hutter', year: 2019 }],
  check: inUnits((_unit, { found, module }) =>
    found.places.optimizers.flatMap(({ call, className }) => {
      if (className !== 'adam' || call === null || call.keywords.has('decoupled_weight_decay')) {
        return [];
      }
      const decay = numberValue(module.text, call.keywords.get('weight_decay'));
      return decay && /^torch\.optim\.(adam\.)?Adam$/.test(fullName(call, module) ?? '')
        ? [
            {
              node: call.node,
              message: `Adam adds the weight decay of ${decay} to the gradient and then scales it away where gradients are large. AdamW decays all weights alike.`,
            },
          ]
        : [];
    }),
  ),
};
