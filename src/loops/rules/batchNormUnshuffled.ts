import { lastPart, wordsOf } from '../python/expressions.js';
import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import type { Rule, RuleContext } from './rule.js';
import { isTorch } from './support/torchNames.js';

const BATCH_NORM = new Set(['BatchNorm1d', 'BatchNorm2d', 'BatchNorm3d', 'SyncBatchNorm']);
const LOADER = new Set(['DataLoader']);

/** Batches in a fixed order give batch norm the same, correlated statistics every epoch. */
export const batchNormUnshuffled: Rule = {
  id: 'batchnorm-unshuffled',
  title: 'Batch normalization over batches in a fixed order',
  severity: 'warning',
  scope: 'file',
  why: 'Batch norm ties the examples of a batch together. Where batches always hold the same examples, and worse, one class each, training distorts the solution that it converges to, and evaluation with running averages does worse than training says.',
  silences: ['the loader is not named as the training one', 'a sampler decides on the order'],
  bad: `import torch
import torch.nn as nn
from torch.utils.data import DataLoader

model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
train_loader = DataLoader(train_set, batch_size=64, shuffle=False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in train_loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
`,
  good: `import torch
import torch.nn as nn
from torch.utils.data import DataLoader

model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in train_loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
`,
  fixes: [],
  papers: [
    {
      title: 'On the Training Instability of Shuffling SGD with Batch Normalization',
      authors: 'Wu, Yun, Sra',
      year: 2023,
    },
  ],
  check: ({ found, module }: RuleContext) => {
    const isTorchLoop = found.origin.kind === 'unit' || found.origin.kind === 'lightning';
    if (
      !isTorchLoop ||
      ![...BATCH_NORM].some((name) => module.callsNamed(name).some((call) => isTorch(call, BATCH_NORM, module)))
    ) {
      return [];
    }
    return module
      .callsNamed('DataLoader')
      .filter((call) => isTorch(call, LOADER, module) && isUnshuffledTraining(call, module))
      .map(({ keywords, node }) => ({
        node: keywords.get('shuffle') ?? node,
        message:
          'The model has batch normalization, and its training batches come in the same order every epoch. Use shuffle=True.',
      }));
  },
};

function isUnshuffledTraining(call: LocatedCall, module: PythonModule): boolean {
  const names = module.assignments.filter(({ value }) => value === call.node).map(({ target }) => lastPart(target));
  const isTraining = names.length > 0 && names.every((name) => wordsOf(name).some((word) => word.startsWith('train')));
  const ordered = ['sampler', 'batch_sampler'].some((keyword) => call.keywords.has(keyword));
  return isTraining && !ordered && !call.spread && call.keywords.get('shuffle')?.type === 'false';
}
