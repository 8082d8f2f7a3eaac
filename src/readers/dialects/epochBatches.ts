import type { Dialect } from '../text/dialect.js';
import { assignedPairs, spacedPairs, type Pair } from '../text/pairs.js';

/** `Loss 6.9e+00 (7.0e+00)`: the value of the batch, and in brackets its mean so far. */
function eitherPairs(rest: string): readonly Pair[] {
  const assigned = assignedPairs(rest);
  if (assigned.length > 0) {
    return assigned;
  }
  const bare = rest.replace(/\(.*?\)/g, '');
  return spacedPairs(bare.includes('\t') ? bare.replace(/ +/g, ' ') : bare.replace(/ {2,}/g, '\t'));
}

/**
 * The loops of PyTorch's examples and what grew from them: `Epoch: [0][ 10/5005]\tLoss 6.9e+00 (7.0e+00)`,
 * `Epoch: [0]  [ 10/1251]  eta: …  loss: 6.9 (6.95)`, timm's `Train: 0 [ 50/1251 ( 4%)]  Loss: 6.95 (6.9)` and
 * `Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.30`, which counts samples.
 */
export const epochBatches: Dialect = {
  id: 'epoch-batches',
  title: 'Epoch and batch lines',
  writtenBy: "PyTorch's examples (ImageNet, MNIST), timm, DeiT, MAE, DETR",
  rules: [
    {
      line: /^Train Epoch: (?<epoch>\d+) \[(?<iteration>\d+)\/(?<length>\d+) \( *\d+%\)\]\s+(?<rest>.*)$/,
      pairs: assignedPairs,
      stepUnit: 'sample',
    },
    {
      line: /^(?:.* )?(?<split>[Tt]rain|[Tt]est|[Vv]al)?:? ?(?:Epoch:? ?)\[(?<epoch>\d+)\]\s*\[ *(?<iteration>\d+)\/(?<length>\d+)\]\s+(?<rest>.*)$/,
      pairs: eitherPairs,
    },
    {
      line: /^(?:.* )?Train: (?<epoch>\d+) \[ *(?<iteration>\d+)\/(?<length>\d+) +\( *\d+%\)\]\s+(?<rest>.*)$/,
      pairs: assignedPairs,
    },
  ],
};
