import type { FixDescription } from '../../model/fix.js';
import { lastPart, textOf } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { findResidualBlocks } from '../../loops/python/residualBlocks.js';
import { fullName, isTorch } from '../../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'rms-norm',
  title: 'RMSNorm instead of LayerNorm',
  why: 'RMSNorm divides by the root mean square and subtracts no mean: it bounds activations as LayerNorm does, at less cost and with less that can be lost in half precision.',
  answers: ['activations'],
  contraindications: [
    'Weights that were trained with LayerNorm: the model computes something else, and the biases of the norms have no place.',
    'PyTorch before 2.4, which has no RMSNorm.',
    'Norms in front of layers that rely on a mean of zero.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [{ title: 'Root Mean Square Layer Normalization', authors: 'Biao Zhang, Rico Sennrich', year: 2019 }],
  labArm: 'rms-norm',
};

const LAYER_NORM = new Set(['LayerNorm']);
/** Default of LayerNorm; that of RMSNorm is the smallest step of the type, which is little in float32. */
const EPSILON = '1e-5';

/** `nn.LayerNorm(…)` of models with residual blocks becomes `nn.RMSNorm(…)`, with the epsilon that it had. */
export const rmsNorm: Fix = {
  description,
  apply: (target) =>
    applyToModel(target, 'No Transformer block with layer norms of PyTorch was found in this file.', (analysis) =>
      findResidualBlocks(analysis.module).length === 0
        ? []
        : [{ node: analysis.root, make: (edits) => replaceNorms(analysis, edits) }],
    ),
};

function replaceNorms(analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const norms = module.calls.filter((call) => isTorch(call, LAYER_NORM, module));
  const [first] = norms;
  if (!first) {
    const there = module.calls.find(({ name }) => /rms_?norm/i.test(name));
    return there
      ? { kind: 'already-there', line: lines.lineAt(there.node.start) }
      : refused('No layer norms of PyTorch were found in this file: norms of a class of your own stay as they are.');
  }
  const reason = norms.flatMap((call) => reasonAgainst(call, analysis) ?? [])[0];
  if (reason !== undefined) {
    return refused(reason);
  }
  for (const call of norms) {
    replaceNorm(call, analysis, edits);
  }
  return {
    kind: 'edited',
    notes: [
      'RMSNorm changes what the model computes: train from scratch. In older checkpoints the biases of the norms are left over (strict=False).',
      'nn.RMSNorm needs PyTorch 2.4 or later.',
    ],
  };
}

function reasonAgainst(
  { positional, keywords, spread, node }: LocatedCall,
  { module, root, lines }: PythonAnalysis,
): string | null {
  const line = lines.lineAt(node.start) + 1;
  if (spread || positional.length > 3) {
    return `The arguments of the norm on line ${line} can’t be told apart.`;
  }
  if (keywords.has('bias') && keywords.get('bias')?.type !== 'false' && keywords.get('bias')?.type !== 'true') {
    return `Whether the norm on line ${line} has a bias hangs on a setting that RMSNorm has not; take it out first.`;
  }
  const passed = [...walk(root)].find(
    (inner) =>
      (inner.type === 'attribute' || inner.type === 'identifier') &&
      lastPart(textOf(module.text, inner)) === 'LayerNorm' &&
      inner.field !== 'function' &&
      inner.parent?.type !== 'attribute' &&
      (inner.parent?.type === 'default_parameter' || inner.field === 'value'),
  );
  return passed
    ? `LayerNorm is handed on as a class on line ${lines.lineAt(passed.start) + 1}: choose another norm there.`
    : null;
}

function replaceNorm(call: LocatedCall, analysis: PythonAnalysis, edits: EditList): void {
  const { module } = analysis;
  const target = childOf(call.node, 'function');
  if (!target) {
    return;
  }
  const written = textOf(module.text, target);
  const direct = fullName(call, module);
  edits.replace(
    target,
    written.includes('.') || direct === null
      ? written.replace(/LayerNorm$/, 'RMSNorm')
      : nameFor('torch.nn.RMSNorm', call.owner, analysis, edits),
  );
  const bias = call.keywords.get('bias');
  const hasEpsilon = call.keywords.has('eps') || call.positional.length > 1;
  if (bias?.parent) {
    // RMSNorm never has a bias; its place is taken by the epsilon where none is given.
    edits.replace(bias.parent, hasEpsilon ? 'elementwise_affine=True' : `eps=${EPSILON}`);
  } else if (!hasEpsilon) {
    const last = [...call.positional, ...[...call.keywords.values()].map((value) => value.parent ?? value)].at(-1);
    if (last) {
      edits.insert(last.end, `, eps=${EPSILON}`);
    }
  }
}
