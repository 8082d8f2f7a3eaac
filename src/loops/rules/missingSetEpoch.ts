import { lastPart, wordsOf } from '../python/expressions.js';
import { contains, enclosing } from '../syntax/syntaxNode.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';
import { isTorch } from './support/torchNames.js';
import { LOOP } from '../python/loopStatements.js';

const SAMPLER = new Set(['DistributedSampler']);
/** The sampler shuffles by seed and epoch; an epoch that is never set stays 0. */
export const missingSetEpoch: Rule = {
  id: 'distributed-sampler-set-epoch',
  title: '`DistributedSampler` without `set_epoch`',
  severity: 'warning',
  scope: 'loop',
  why: '`DistributedSampler` shuffles with its seed plus the epoch that it was told. Without `set_epoch` it is always epoch 0: every epoch has the same batches in the same order, on every rank.',
  silences: [
    '`set_epoch` is called anywhere in the file',
    'the sampler leaves the file: it is returned, stored in an object or handed to a library that sets the epoch',
    'it samples for evaluation, or `shuffle=False` is set',
  ],
  bad: `import torch
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

sampler = DistributedSampler(train_set)
loader = DataLoader(train_set, batch_size=32, sampler=sampler)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(90):
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
`,
  good: `import torch
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

sampler = DistributedSampler(train_set)
loader = DataLoader(train_set, batch_size=32, sampler=sampler)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(90):
    sampler.set_epoch(epoch)
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
`,
  fixes: ['set-epoch'],
  papers: [],
  check: inUnits((unit, { module }) => {
    if (
      module.callsNamed('DistributedSampler').length === 0 ||
      fileSays(module, /set_epoch/) ||
      unit.backwards.some(({ event }) => event.route !== 'plain' && event.route !== 'scaler')
    ) {
      return [];
    }
    const outer = enclosing(unit.loop.parent, LOOP);
    if (outer === null || !contains(unit.owner.node, outer)) {
      return [];
    }
    return module
      .callsNamed('DistributedSampler')
      .filter((call) => isTorch(call, SAMPLER, module) && call.keywords.get('shuffle')?.type !== 'false')
      .filter(({ node, owner }) => {
        const assigned = owner === unit.owner || owner === module.main ? module.assignmentOf(node) : undefined;
        if (!assigned || assigned.target.includes('.')) {
          return false;
        }
        const name = lastPart(assigned.target);
        const evaluates = wordsOf(name).some((word) => /^(val|valid|validation|eval|test|dev)$/.test(word));
        const returned = new RegExp(`return\\b[^\\n]*\\b${name}\\b`).test(
          module.text.slice(owner.node.start, owner.node.end),
        );
        return !evaluates && !returned;
      })
      .map(({ node }) => ({
        node,
        message:
          'This sampler is never told the epoch, so every epoch has the same batches in the same order. Call its set_epoch(epoch) at the start of each epoch.',
      }));
  }),
};
