import { inUnits, type Rule, type RuleContext } from './rule.js';
import { fileSays } from './support/fileText.js';
import { isTorch } from './support/torchNames.js';

/** Layers of which a transformer that is trained from scratch is made. */
const TRANSFORMER = new Set(['Transformer', 'TransformerEncoder', 'TransformerDecoder', 'MultiheadAttention']);
const NEEDS_WARMUP = new Set(['adam', 'adamw', 'nadam', 'adamax']);

/** Anything that says that the rate, or the model, is looked after otherwise. */
const OTHERWISE =
  /warm|ramp|from_pretrained|load_state_dict|OneCycle|get_\w+_schedule|lr_lambda|LambdaLR|RAdam|ScheduleFree|rsqrt|\*\*\s*\(?-\s*0?\.5/i;

/** Adam's first steps rest on a second moment of few samples; transformers take it badly. */
export const noWarmup: Rule = {
  id: 'transformer-without-warmup',
  title: 'A transformer trained with Adam and no warmup',
  severity: 'info',
  scope: 'loop',
  why: 'In its first steps Adam divides by a second moment that was estimated from few gradients, so the steps are too long in random directions. Transformers often end up on a plateau from which they don’t recover; some hundred steps of linear warmup avoid it.',
  silences: [
    'the learning rate is set or scheduled in any way',
    'weights are loaded',
    'attention is not built from PyTorch’s own layers',
  ],
  bad: `import torch
import torch.nn as nn

model = nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8), num_layers=12)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
`,
  good: `import torch
import torch.nn as nn

model = nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8), num_layers=12)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=1000)
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    warmup.step()
`,
  fixes: ['add-warmup'],
  papers: [
    { title: 'On the Variance of the Adaptive Learning Rate and Beyond', authors: 'Liu, Jiang, et al.', year: 2020 },
  ],
  check: inUnits((unit, { found, module }: RuleContext) => {
    const [place, ...others] = found.places.optimizers;
    const scheduled = [...unit.events, ...unit.around].some(
      ({ event }) => event.kind === 'schedule' || event.kind === 'set-rate',
    );
    const isTransformer = [...TRANSFORMER].some((name) =>
      module.callsNamed(name).some((call) => isTorch(call, TRANSFORMER, module)),
    );
    return place?.call &&
      others.length === 0 &&
      NEEDS_WARMUP.has(place.className) &&
      !scheduled &&
      found.loop.scheduler === null &&
      isTransformer &&
      !fileSays(module, OTHERWISE)
      ? [
          {
            node: place.call.node,
            message:
              'A transformer is trained with an Adam-like optimizer at its full learning rate from the first step. Warm the rate up over some hundred steps.',
          },
        ]
      : [];
  }),
};
