import type { FixDescription } from '../../model/fix.js';
import { textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { applyToModel } from '../blockFix.js';
import { trainingCrossEntropy } from '../editing/crossEntropy.js';
import type { EditList } from '../editing/editList.js';
import { addHelper, definitionOf, helperFrom, nameOfHelper } from '../editing/helperFunction.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'stablemax',
  title: 'Train by StableMax instead of softmax',
  why: 'Once the logits of a fitted example are far apart, the exponentials of the softmax absorb each other in floating point, the loss is exactly zero and nothing is learned any more; StableMax grows linearly and keeps its gradient.',
  answers: ['loss-zero', 'precision', 'plateau'],
  contraindications: [
    'Language models, whose loss stays far above zero: softmax never saturates there.',
    'Fine-tuning weights that were trained by softmax, and logits that are used as log-probabilities elsewhere.',
    'Runs that are to stop when the training data are fitted.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Grokking at the Edge of Numerical Stability',
      authors: 'Lucas Prieto, Melih Barsbey, Pedro A. M. Mediano, Tolga Birdal',
      year: 2025,
    },
  ],
  labArm: 'stablemax',
};

/** Clamped where the other branch is taken: the gradient of a pole that is not chosen would be no number. */
const SOURCE = `
def stablemax_cross_entropy(logits, targets, ignore_index=-100):
    """Cross entropy with s(x) = x + 1 for x >= 0 and 1 / (1 - x) below in place of exp(x) (StableMax, Prieto et al. 2025)."""
    logits = logits.float()
    scores = torch.where(logits >= 0, logits + 1, 1 / (1 - logits.clamp(max=0)))
    dim = 1 if logits.dim() > 1 else 0
    log_probabilities = torch.log(scores) - torch.log(scores.sum(dim=dim, keepdim=True))
    if targets.shape == logits.shape:  # probabilities instead of classes
        return -(targets * log_probabilities).sum(dim=dim).mean()
    return torch.nn.functional.nll_loss(log_probabilities, targets, ignore_index=ignore_index)
`;

/** The cross entropy that the file trains by, over another function of the logits. */
export const stablemax: Fix = {
  description,
  apply: (target) =>
    applyToModel(target, 'No cross entropy was found in this file.', (analysis) => [
      { node: analysis.root, make: (edits) => replaceLoss(analysis, edits) },
    ]),
};

function replaceLoss(analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const there =
    definitionOf(nameOfHelper(SOURCE), analysis) ??
    module.calls.find(({ name }) => /stable_?max/i.test(name))?.node.start;
  if (there !== undefined) {
    return { kind: 'already-there', line: lines.lineAt(there) };
  }
  const { call, logits, targets, ignoreIndex, settings } = trainingCrossEntropy(analysis);
  if (module.calls.some(({ name }) => name === 'from_pretrained')) {
    return refused(
      'The model comes with weights that were trained by softmax: another loss would undo what they know.',
    );
  }
  const other = [...settings].find((name) => !['input', 'target', 'ignore_index', 'reduction'].includes(name));
  if (other !== undefined) {
    return refused(`The cross entropy is given ${other}, which StableMax has not.`);
  }
  const [scores, classes] = [textOf(module.text, logits), textOf(module.text, targets)];
  const ignored = ignoreIndex === null ? '' : `, ignore_index=${ignoreIndex}`;
  edits.replace(call.node, `stablemax_cross_entropy(${scores}, ${classes}${ignored})`);
  addHelper(helperFrom(SOURCE, analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: [
      'Losses are not comparable with those by softmax. Evaluation that works out its own cross entropy is left as it is.',
    ],
  };
}
