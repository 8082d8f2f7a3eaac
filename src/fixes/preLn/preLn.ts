import type { FixDescription } from '../../model/fix.js';
import { statementOf, type LocatedCall } from '../../loops/python/pythonModule.js';
import type { ResidualBlock, ResidualBranch } from '../../loops/python/residualBlocks.js';
import { textOf } from '../../loops/python/expressions.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToBlocks } from '../blockFix.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { unclearAddition } from '../editing/outputNorms.js';
import { freeName } from '../editing/freeName.js';
import { normFirst } from '../editing/normFirst.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'pre-ln',
  title: 'Move the norms in front of the sub-layers (Pre-LN)',
  why: 'With the norm behind the addition, gradients near the output are large at the start and vanish with depth; in front of the sub-layers, the residual stream stays open.',
  answers: ['gradient-imbalance', 'gradient-vanishing', 'warmup', 'early-rise', 'divergence'],
  contraindications: [
    'Fine-tuning weights that were trained with Post-LN: the model computes something else.',
    'A model without a norm behind its last block: Pre-LN needs one there.',
    'Shallow models that train well: Post-LN can end slightly better.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'On Layer Normalization in the Transformer Architecture',
      authors: 'Ruibin Xiong, Yunchang Yang, Di He, et al.',
      year: 2020,
    },
  ],
  labArm: 'pre-ln',
};

const NOTES = [
  'Pre-LN changes what the model computes: train from scratch.',
  'The residual stream is no longer normalised where it ends: the model needs a norm behind its last block (self.ln_f in GPT-2, norm= of nn.TransformerEncoder).',
];

/** Post-LN blocks of the user's own, and PyTorch's layers by their `norm_first`. */
export const preLn: Fix = {
  description,
  apply: (target) =>
    applyToBlocks(target, {
      block: moveNorms,
      library: setNormFirst,
      none: 'No Transformer block was found in this file: a class whose forward adds sub-layers to its input.',
    }),
};

function setNormFirst(call: LocatedCall, { lines }: PythonAnalysis, edits: EditList): LoopOutcome {
  return normFirst(call, edits)
    ? { kind: 'edited', notes: NOTES }
    : { kind: 'already-there', line: lines.lineAt(call.node.start) };
}

/** `x = self.ln(x + self.attn(x))` becomes `x = x + self.attn(self.ln(x))`. */
function moveNorms(block: ResidualBlock, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const post = block.branches.filter(({ sumNorm }) => sumNorm !== null);
  if (post.length === 0 && block.branches.some(({ inputNorm }) => inputNorm !== null)) {
    return { kind: 'already-there', line: analysis.lines.lineAt(block.node.start) };
  }
  const unclear = unclearAddition(block, analysis);
  if (unclear !== null) {
    return refused(unclear);
  }
  if (post.length === 0) {
    return refused(`${block.name} has no layer norm or RMSNorm behind its additions.`);
  }
  for (const branch of post) {
    move(branch, block, analysis, edits);
  }
  return { kind: 'edited', notes: NOTES };
}

function move(branch: ResidualBranch, block: ResidualBlock, { module }: PythonAnalysis, edits: EditList): void {
  const { sumNorm, stream, call, addition, sum } = branch;
  if (!sumNorm || branch.inputNorm !== null) {
    throw new EditRefused(
      `${block.name} normalises both in front of a sub-layer and behind the addition; it is left as it is.`,
    );
  }
  const uses = [...call.positional, ...call.keywords.values()].filter(
    (argument) => argument.type === 'identifier' && textOf(module.text, argument) === stream,
  );
  if (uses.length === 0) {
    throw new EditRefused(
      `What goes into self.${branch.sublayer} of ${block.name} is not the stream ${stream} itself.`,
    );
  }
  const { name } = sumNorm.norm;
  if (uses.length === 1) {
    edits.replace(uses[0] as SyntaxNode, `self.${name}(${stream})`);
  } else {
    const normed = freeName(['normed', 'normalised', 'normed_stream'], block.forward, module.text);
    edits.insertBefore(branch.definition?.statement ?? addition, [`${normed} = self.${name}(${stream})`]);
    uses.forEach((use) => {
      edits.replace(use, normed);
    });
  }
  const around = enclosing(sum.parent, new Set(['call']));
  if (around === sumNorm.call) {
    removeAround(sumNorm.call, sum, edits);
  } else {
    // `x = self.ln(x)` on a line of its own behind the addition.
    edits.removeStatement(statementOf(sumNorm.call));
  }
}

/** Takes a call away from around its argument: `self.ln(x + y)` becomes `x + y`. */
function removeAround(call: SyntaxNode, inner: SyntaxNode, edits: EditList): void {
  edits.remove(call.start, inner.start);
  edits.remove(inner.end, call.end);
}
