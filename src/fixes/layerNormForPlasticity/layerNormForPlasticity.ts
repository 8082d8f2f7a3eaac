import type { FixDescription } from '../../model/fix.js';
import { readCall, textOf, type Call } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { isTorch } from '../../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { applyToModel } from '../blockFix.js';
import type { EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'layer-norm-for-plasticity',
  title: 'Layer norms in front of the activations of an MLP',
  why: 'Networks that learn from changing targets lose the ability to; of the remedies that were compared, a layer norm in front of each activation helped the most, as it keeps units from falling silent for good.',
  answers: ['plasticity'],
  contraindications: [
    'Training once, on data that do not change: nothing is lost there.',
    'Weights that are to be kept: the layers of nn.Sequential are numbered anew, so that older checkpoints do not fit.',
    'Inputs whose scale carries the information: the norm takes it away.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Understanding Plasticity in Neural Networks',
      authors: 'Clare Lyle, Zeyu Zheng, Evgenii Nikishin, et al.',
      year: 2023,
    },
  ],
  labArm: 'layer-norm-for-plasticity',
};

const SEQUENTIAL = new Set(['Sequential']);
const NONE = 'No nn.Sequential with linear layers and activations was found in this file.';
/** Activations of hidden layers, and of those the ones that an output layer has as well. */
const ACTIVATION = /^(?:ReLU6?|LeakyReLU|PReLU|ELU|SELU|CELU|GELU|SiLU|Mish|Tanh|Sigmoid|Softplus|Hardswish)$/;
const OF_OUTPUTS = /^(?:Tanh|Sigmoid|Softplus)$/;

/** `nn.Linear(8, 64), nn.ReLU()` becomes `nn.Linear(8, 64), nn.LayerNorm(64), nn.ReLU()`. */
export const layerNormForPlasticity: Fix = {
  description,
  apply: (target) =>
    applyToModel(target, NONE, (analysis) =>
      analysis.module.calls
        .filter((call) => isTorch(call, SEQUENTIAL, analysis.module))
        .map((call) => ({ node: call.node, make: (edits: EditList) => addNorms(call, analysis, edits) })),
    ),
};

function addNorms(sequential: LocatedCall, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { text } = analysis.module;
  const elements = sequential.positional;
  let norms = 0;
  let open = 0;
  elements.forEach((element, index) => {
    const linear = linearIn(element, text);
    const next = elements[index + 1];
    const kind = next && readCall(text, next)?.name;
    if (!linear || !next || kind === undefined) {
      return;
    }
    const behind = elements[index + 2];
    norms += kind === 'LayerNorm' || kind === 'RMSNorm' ? 1 : 0;
    if (ACTIVATION.test(kind) && !(behind === undefined && OF_OUTPUTS.test(kind))) {
      open += insertNorm(sequential, next, linear, analysis, edits) ? 1 : 0;
    }
  });
  if (open > 0) {
    return {
      kind: 'edited',
      notes: ['The layers of nn.Sequential are numbered anew: older checkpoints do not fit.'],
    };
  }
  return norms > 0
    ? { kind: 'already-there', line: analysis.lines.lineAt(sequential.node.start) }
    : refused('In this nn.Sequential no activation follows a linear layer whose features can be read.');
}

/** `nn.Linear(…)`, or the call of an initialiser that is handed one: `layer_init(nn.Linear(…))`. */
function linearIn(node: SyntaxNode, text: string): Call | null {
  const call = readCall(text, node);
  if (call?.name === 'Linear') {
    return call;
  }
  const inner = call?.positional[0] && readCall(text, call.positional[0]);
  return inner?.name === 'Linear' ? inner : null;
}

function insertNorm(
  { owner }: LocatedCall,
  activation: SyntaxNode,
  linear: Call,
  analysis: PythonAnalysis,
  edits: EditList,
): boolean {
  const { module, lines } = analysis;
  const features = linear.keywords.get('out_features') ?? linear.positional[1];
  const target = childOf(linear.node, 'function');
  if (!features || !target || linear.spread || /\n|\(/.test(textOf(module.text, features))) {
    return false;
  }
  const written = textOf(module.text, target);
  const norm = written.includes('.')
    ? written.replace(/Linear$/, 'LayerNorm')
    : nameFor('torch.nn.LayerNorm', owner, analysis, edits);
  const line = lines.lineAt(activation.start);
  const ownLine = lines.text.slice(lines.lineStart(line), activation.start).trim() === '';
  const gap = ownLine ? lines.lineBreak(line) + lines.indentation(line) : ' ';
  edits.insert(activation.start, `${norm}(${textOf(module.text, features)}),${gap}`);
  return true;
}
