import type { FixDescription } from '../../model/fix.js';
import { textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import { assignedTo, namedLogits, trainingCrossEntropy } from '../editing/crossEntropy.js';
import { EditRefused, indentUnit, type EditList } from '../editing/editList.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'z-loss',
  title: 'Hold the scale of the logits (z-loss)',
  why: 'The softmax does not see a constant that is added to all logits, so they drift away together until training diverges; a small penalty on the squared logarithm of their sum of exponentials holds them near zero.',
  answers: ['early-warning', 'divergence', 'loss-spike', 'precision'],
  contraindications: [
    'Heads of few classes with label smoothing, whose logits do not drift.',
    'Losses that are compared with runs without it: the training loss has another term; the evaluation has not.',
    'Losses that a library works out: they are not in your code.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'coefficient',
      title: 'Weight of the term beside the cross entropy',
      default: 1e-4,
      source: 'Wortsman et al. 2023; PaLM (Chowdhery et al. 2022) uses the same',
    },
  ],
  papers: [
    {
      title: 'Small-scale proxies for large-scale Transformer training instabilities',
      authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
      year: 2023,
    },
    {
      title: 'PaLM: Scaling Language Modeling with Pathways',
      authors: 'Aakanksha Chowdhery, Sharan Narang, Jacob Devlin, et al.',
      year: 2022,
    },
  ],
  labArm: 'z-loss',
};

const helper = (coefficient: number): string => `
def z_loss(logits, targets, ignore_index=-100, coefficient=${coefficient}):
    """Penalty on logits that drift away together: the squared logarithm of the softmax's denominator (PaLM, 2022).

    Classes are in the second dimension, as in torch's cross entropy; targets of ignore_index don't count.
    """
    log_z = torch.logsumexp(logits.float(), dim=1 if logits.dim() > 1 else 0)
    if targets.shape != log_z.shape:  # probabilities instead of classes
        return coefficient * log_z.pow(2).mean()
    kept = targets != ignore_index
    return coefficient * log_z.masked_fill(~kept, 0.0).pow(2).sum() / kept.sum().clamp(min=1)
`;

/** A term beside the cross entropy that the file trains by; evaluation stays as it is. */
export const zLoss: Fix = {
  description,
  apply(target, settings) {
    const coefficient = numberSetting(description, 'coefficient', settings, { above: 0, below: 1 });
    return coefficient.ok
      ? applyToModel(target, 'No cross entropy was found in this file.', (analysis) => [
          { node: analysis.root, make: (edits) => addTerm(coefficient.value, analysis, edits) },
        ])
      : refused(coefficient.error);
  },
};

function addTerm(coefficient: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const there = present(analysis);
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.start) };
  }
  const loss = trainingCrossEntropy(analysis);
  const { call, targets, ignoreIndex, inModel } = loss;
  const logits = namedLogits(loss, analysis, edits);
  const ignored = ignoreIndex === null ? '' : `, ignore_index=${ignoreIndex}`;
  const term = `z_loss(${logits}, ${textOf(module.text, targets)}${ignored})`;
  if (inModel) {
    const assigned = assignedTo(call, module.text);
    if (!assigned) {
      throw new EditRefused(
        'Give the cross entropy in the forward of the model a name first: the term is for training only.',
      );
    }
    const { name, statement } = assigned;
    edits.insertAfter(statement, [
      'if self.training:',
      `${indentUnit(analysis.root, lines)}${name} = ${name} + ${term}`,
    ]);
  } else {
    const alone = call.node.field === 'right' || call.node.parent?.type === 'return_statement';
    if (!alone) {
      edits.insert(call.node.start, '(');
    }
    edits.insert(call.node.end, alone ? ` + ${term}` : ` + ${term})`);
  }
  addHelper(helperFrom(helper(coefficient), analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: ['The training loss that is logged holds the new term; that of the evaluation does not.'],
  };
}

/** A z-loss by name, or the squared logarithm of a sum of exponentials. */
function present({ root, module }: PythonAnalysis): SyntaxNode | undefined {
  const named = [...walk(root)].find(
    (node) => node.type === 'identifier' && /^z_?loss|[a-z]_z_?loss|^log_?z$/i.test(textOf(module.text, node)),
  );
  return named ?? module.calls.find(({ name }) => name === 'logsumexp')?.node;
}
