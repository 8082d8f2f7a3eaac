import { textOf } from '../python/expressions.js';
import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';
import { fullName } from './support/torchNames.js';

/** Draws that decide which data a batch holds. */
const DRAWS =
  /^(torch\.randint|torch\.randperm|numpy\.random\.(randint|choice|permutation|shuffle)|random\.(sample|choice|choices|randint|shuffle))$/;
const SEEDS = /^(torch\.manual_seed|torch\.cuda\.manual_seed(_all)?|numpy\.random\.seed|random\.seed)$/;

/** The same seed on every rank draws the same batches on every rank. */
export const sameSeedOnRanks: Rule = {
  id: 'same-seed-on-ranks',
  title: 'Every rank draws the same batches',
  severity: 'warning',
  scope: 'file',
  why: 'Batches are drawn at random here, and every process is seeded alike: all ranks draw the same examples, so that eight GPUs do the work of one. Adding the rank to the seed gives each its own data; the weights are the same anyway, because DDP sends them out from rank 0.',
  silences: [
    'the seed, or the draw, has anything to do with the rank',
    'a `DistributedSampler` or a library deals out the data',
  ],
  bad: `import torch
import torch.distributed as dist

dist.init_process_group("nccl")
torch.manual_seed(1337)


def get_batch():
    ix = torch.randint(len(data) - 1024, (32,))
    return torch.stack([data[i : i + 1024] for i in ix])


optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(1000):
    optimizer.zero_grad()
    model(get_batch()).backward()
    optimizer.step()
`,
  good: `import torch
import torch.distributed as dist

dist.init_process_group("nccl")
torch.manual_seed(1337 + dist.get_rank())


def get_batch():
    ix = torch.randint(len(data) - 1024, (32,))
    return torch.stack([data[i : i + 1024] for i in ix])


optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(1000):
    optimizer.zero_grad()
    model(get_batch()).backward()
    optimizer.step()
`,
  fixes: ['per-rank-seeds'],
  papers: [],
  check: inUnits((_unit, { module }) => {
    const distributed = module.callsNamed('init_process_group').length > 0;
    if (
      !distributed ||
      /DistributedSampler|DataLoader|Accelerator|seed\w*\s*\+=|\bseed\w*\s*=[^=\n]*rank/i.test(module.text)
    ) {
      return [];
    }
    const batches = module.calls.filter((call) => draws(call, module) && drawsBatch(call));
    const seeds = module.calls.filter((call) => SEEDS.test(fullName(call, module) ?? ''));
    const byRank = seeds.some(({ node }) => /rank|offset|seed_/i.test(textOf(module.text, node)));
    const [seed] = seeds;
    const apart = batches.some(({ owner }) => /rank|world_size/i.test(textOf(module.text, owner.node)));
    return seed && batches.length > 0 && !byRank && !apart
      ? [
          {
            node: seed.node,
            message:
              'Every rank gets this seed and then draws its batches at random: all of them draw the same. Add the rank to the seed.',
          },
        ]
      : [];
  }),
};

function draws(call: LocatedCall, module: PythonModule): boolean {
  return DRAWS.test(fullName(call, module) ?? '');
}

/** Drawn in a function that is about batches or samples. */
function drawsBatch({ owner }: LocatedCall): boolean {
  return /batch|sample|data/i.test(owner.name);
}
