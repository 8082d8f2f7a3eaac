import type { FixDescription } from '../../model/fix.js';
import { mayBeTorch } from '../../loops/rules/support/torchNames.js';
import { readCall, textOf } from '../../loops/python/expressions.js';
import type { Assignment } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { numberSetting, pythonFloat } from '../settings.js';

const description: FixDescription = {
  id: 'logit-soft-cap',
  title: 'Bound the output logits smoothly',
  why: 'Output logits that grow without limit make the softmax saturate and its gradient spike; the hyperbolic tangent, scaled by a cap, leaves small logits as they are and bounds large ones.',
  answers: ['divergence', 'loss-spike', 'early-warning'],
  contraindications: [
    'Fine-tuning weights that were trained without it, if their logits go beyond the cap.',
    'Logits that must be able to be large, such as those of a classifier that is certain.',
    'Beside a z-loss, which bounds the same logits in another way: one of them is enough.',
  ],
  frameworks: ['pytorch'],
  settings: [
    {
      name: 'cap',
      title: 'What no logit exceeds',
      default: 30,
      source: 'Gemma 2 (2024), section 2: 30.0 for the final layer',
    },
  ],
  papers: [
    {
      title: 'Gemma 2: Improving Open Language Models at a Practical Size',
      authors: 'Gemma Team, Google DeepMind',
      year: 2024,
    },
  ],
  labArm: 'logit-soft-cap',
};

/** `logits = 30.0 * torch.tanh(logits / 30.0)` behind the head of the model. */
export const logitSoftCap: Fix = {
  description,
  apply(target, settings) {
    const cap = numberSetting(description, 'cap', settings, { above: 0 });
    return cap.ok
      ? applyToModel(
          target,
          'No logits of a model of your own were found: a linear head whose output has that name.',
          (analysis) =>
            analysis.module.assignments.some((assignment) => isHeadOutput(assignment, analysis))
              ? [{ node: analysis.root, make: (edits) => bound(pythonFloat(cap.value), analysis, edits) }]
              : [],
        )
      : refused(cap.error);
  },
};

function bound(cap: string, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const heads = module.assignments.filter((assignment) => isHeadOutput(assignment, analysis));
  const there = module.calls.find(
    ({ name, owner, positional }) =>
      heads.some((head) => head.owner === owner) &&
      (/soft_?cap/i.test(name) ||
        (name === 'tanh' && /logit/i.test(positional[0] ? textOf(module.text, positional[0]) : ''))),
  );
  const named = module.assignments.find(({ target }) =>
    /(?:logits?|final|output)_soft_?cap|^soft_?cap$/i.test(target.replace(/^self\./, '')),
  );
  const at = there?.node ?? named?.statement;
  if (at) {
    return { kind: 'already-there', line: lines.lineAt(at.start) };
  }
  for (const { target, statement, owner } of heads) {
    const tanh = nameFor('torch.tanh', owner, analysis, edits);
    edits.insertAfter(statement, [`${target} = ${cap} * ${tanh}(${target} / ${cap})`]);
  }
  return {
    kind: 'edited',
    notes: ['The cap acts in evaluation and generation too: whatever else computes these logits must have it as well.'],
  };
}

/** `logits = self.lm_head(x)` in a model's own method, `self.lm_head` being a linear layer. */
function isHeadOutput({ target, value, index, owner }: Assignment, { module }: PythonAnalysis): boolean {
  const call = readCall(module.text, withoutCast(value, module.text));
  if (!/logits?$/.test(target) || target.includes('.') || index !== null || !call || owner.className === null) {
    return false;
  }
  const built = module.assignments.find(
    (candidate) =>
      candidate.target === call.callee &&
      candidate.owner.name === '__init__' &&
      candidate.owner.className === owner.className,
  );
  const layer = built && readCall(module.text, built.value);
  return layer?.name === 'Linear' && mayBeTorch(layer, module);
}

/** `self.lm_head(x).float()`. */
function withoutCast(node: SyntaxNode, text: string): SyntaxNode {
  const target = childOf(node, 'function');
  const object = target?.type === 'attribute' ? childOf(target, 'object') : undefined;
  const name = target && childOf(target, 'attribute');
  return object?.type === 'call' && name && /^(?:float|to)$/.test(textOf(text, name)) ? object : node;
}
