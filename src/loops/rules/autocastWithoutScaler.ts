import { textOf } from '../python/expressions.js';
import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';
import { fullName } from './support/torchNames.js';

/** In half precision small gradients are zero unless the loss is scaled up. */
export const autocastWithoutScaler: Rule = {
  id: 'autocast-without-scaler',
  title: 'fp16 autocast without a gradient scaler',
  severity: 'warning',
  scope: 'loop',
  why: 'In fp16 everything below 6e-8 is zero. Gradients of a deep net are often smaller, so whole layers stop learning without a sign of it. A `GradScaler` multiplies the loss before the backward pass; bf16 has the range of fp32 and needs none.',
  silences: [
    'the type is bf16, or comes from elsewhere',
    'the file has a scaler of any kind',
    'autocast is for the CPU',
  ],
  bad: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
`,
  good: `import torch

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.bfloat16):
        loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
`,
  fixes: ['bf16-instead-of-fp16'],
  papers: [{ title: 'Mixed Precision Training', authors: 'Micikevicius, Narang, et al.', year: 2018 }],
  check: inUnits((unit, { module }) => {
    const plain = unit.backwards.every(({ event }) => event.route === 'plain');
    if (!plain || fileSays(module, /scaler|scale_loss|loss_scale/i)) {
      return [];
    }
    const casts = [...unit.events, ...unit.around].filter(({ event }) => event.kind === 'autocast');
    const call = casts
      .map(({ event }) => module.callsNamed('autocast').find(({ node }) => node === event.node))
      .find((candidate) => candidate !== undefined && isHalf(candidate, module));
    return call
      ? [
          {
            node: call.node,
            message:
              'The forward pass runs in fp16 and nothing scales the loss, so small gradients become zero. Use bfloat16, or a GradScaler.',
          },
        ]
      : [];
  }),
};

/** fp16 by name, or as the default of CUDA's autocast; switched on for certain. */
function isHalf(call: LocatedCall, module: PythonModule): boolean {
  const text = (keyword: string) => {
    const node = call.keywords.get(keyword);
    return node ? textOf(module.text, node) : undefined;
  };
  const enabled = text('enabled') ?? 'True';
  const type = text('dtype');
  const device = text('device_type') ?? (call.positional[0] ? textOf(module.text, call.positional[0]) : '');
  const name = fullName(call, module) ?? '';
  const onCuda = name === 'torch.cuda.amp.autocast' ? call.positional.length === 0 : /^['"]cuda['"]$/.test(device);
  const isTorchs = name.startsWith('torch.');
  const half = type === undefined ? onCuda && call.positional.length < 2 : /^torch\.(float16|half)$/.test(type);
  return isTorchs && enabled === 'True' && half && !call.spread;
}
