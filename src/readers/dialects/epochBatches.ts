import type { Dialect } from '../text/dialect.js';
import { assignedPairs, mixedPairs, spacedPairs, type Pair } from '../text/pairs.js';

/** `Loss 6.9e+00 (7.0e+00)`: the value of the batch, and in brackets its mean so far. */
function eitherPairs(rest: string): readonly Pair[] {
  const assigned = assignedPairs(rest);
  if (assigned.length > 0) {
    return assigned;
  }
  const bare = rest.replace(/\(.*?\)/g, '');
  return spacedPairs(bare.includes('\t') ? bare.replace(/ +/g, ' ') : bare.replace(/ {2,}/g, '\t'));
}

/** The same, where only the mean over all batches so far counts: evaluations. */
function meanPairs(rest: string): readonly Pair[] {
  return eitherPairs(rest.replace(/(?<=[\s:])[-+\w.]+ *\( *([-+\w.]+)\)/g, '$1'));
}

/** `Average loss: 0.0512, Accuracy: 9832/10000 (98%)`: the share of right answers, in percent. */
function testSetPairs(rest: string): readonly Pair[] {
  return assignedPairs(rest.replace(/\d+\/\d+ \( *(\d+(?:\.\d+)?)%\)/, '$1').replace(/(?:Average|Avg) loss/i, 'loss'));
}

/**
 * The loops of PyTorch's examples and what grew from them: `Epoch: [0][ 10/5005]\tLoss 6.9e+00 (7.0e+00)`,
 * `Epoch: [0]  [ 10/1251]  eta: …  loss: 6.9 (6.95)`, timm's `Train: 0 [ 50/1251 ( 4%)]  Loss: 6.95 (6.9)`, Swin's
 * `Train: [0/300][10/1251]\teta … loss 6.9 (6.95)`, PyTracking's `[train: 1, 50 / 125] FPS: 19.3 (29.0)  ,  Loss/total:
 * 0.5` and `Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.30`, which counts samples, with `Test set: Average loss: 0.05, Accuracy:
 * 9832/10000 (98%)` after each epoch. Of the lines of an evaluation, `Test: [ 20/391]  Loss: 0.6 (0.5)`, the last one
 * tells its mean. The tutorials print `loss: 2.30  [  640/60000]` under `Epoch 1`, and `[1,  2000] loss: 2.173`, the
 * language model `| epoch   1 |   200/ 2983 batches | lr 20.00 | loss  7.2 | ppl 1339` and `| end of epoch   1 | time:
 * 39.1s | valid loss  5.8`.
 */
export const epochBatches: Dialect = {
  id: 'epoch-batches',
  title: 'Epoch and batch lines',
  writtenBy: "PyTorch's examples (ImageNet, MNIST), timm, Swin, DeiT, MAE, DETR, OpenCLIP, PyTracking",
  accompanies: true,
  rules: [
    {
      line: /^(?:.* )?Train(?:ing)? Epoch: (?<epoch>\d+) \[ *(?<iteration>\d+)\/(?<length>\d+)(?: \( *\d+%\))?\]\s+(?<rest>.*)$/,
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
    {
      line: /^(?:.*\bINFO )?(?<split>Train|Test|Val): \[(?<epoch>\d+)\/\d+\]\[(?<iteration>\d+)\/(?<length>\d+)\]\s+(?<rest>.*)$/,
      pairs: eitherPairs,
    },
    {
      line: /^\[(?<split>train|val): (?<epoch>\d+), (?<iteration>\d+) \/ (?<length>\d+)\] (?<rest>.*)$/,
      pairs: assignedPairs,
    },
    { line: /^Test set: (?:Epoch: (?<epoch>\d+), )?(?<rest>Average loss: .*)$/i, pairs: testSetPairs, prefix: 'test/' },
    {
      line: /^(?:.* )?(?<split>Test|Val|Valid|Eval)(?:uation|idation)?(?: \([\w ]+\))?: +(?:\d+ )?\[ *(?<done>\d+)\/\d+\]\s+(?<rest>.*)$/i,
      pairs: meanPairs,
      lastCounts: true,
    },
    { line: /^Epoch:? (?<epoch>\d+)$/, context: 'opens' },
    {
      line: /^(?<rest>loss: \S+) +\[ *(?<iteration>\d+)\/ *(?<length>\d+)\]$/,
      pairs: assignedPairs,
      stepUnit: 'sample',
    },
    { line: /^ ?(?<rest>Accuracy: [\d.]+%, Avg loss: .*)$/, pairs: testSetPairs, prefix: 'test/' },
    { line: /^\[(?<epoch>\d+), +(?<iteration>\d+)\] (?<rest>(?:train(?:ing)? )?loss ?: .*)$/i, pairs: assignedPairs },
    { line: /^\[(?<epoch>\d+)\/\d+\]\[(?<iteration>\d+)\/(?<length>\d+)\]\s+(?<rest>Loss.*)$/, pairs: assignedPairs },
    {
      line: /^\| epoch +(?<epoch>\d+) \| +(?<iteration>\d+)\/ *(?<length>\d+) batches \| (?<rest>.*)$/,
      pairs: (rest) => spacedPairs(rest),
    },
    {
      line: /^\| end of epoch +(?<epoch>\d+) \| (?<rest>.*)$/,
      pairs: mixedPairs,
      rename: { time: 'time of the epoch' },
    },
    {
      line: /^\(epoch: (?<epoch>\d+), iters: (?<iteration>\d+), (?<rest>time: .*)$/,
      pairs: (rest) => assignedPairs(rest.replace(/[)]/g, ',')),
    },
  ],
};
