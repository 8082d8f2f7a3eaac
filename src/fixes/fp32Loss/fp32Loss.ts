import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, readCall, textOf } from '../../loops/python/expressions.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from '../editing/editList.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'fp32-loss',
  title: 'Work the loss out in float32',
  why: 'In half precision the softmax of the loss saturates at margins of a few units and its gradient becomes zero or wrong; in float32 it stays exact at little cost.',
  answers: ['precision', 'loss-zero', 'non-finite'],
  contraindications: [
    'Under autocast, which does it already.',
    'Logits of very many classes where memory is short: they are held once more in float32.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric'],
  settings: [],
  papers: [
    {
      title: 'Grokking at the Edge of Numerical Stability',
      authors: 'Lucas Prieto, Melih Barsbey, Pedro A. M. Mediano, Tolga Birdal',
      year: 2025,
    },
    {
      title: 'Mixed Precision Training',
      authors: 'Paulius Micikevicius, Sharan Narang, Jonah Alben, et al.',
      year: 2018,
    },
  ],
  labArm: null,
};

const FUNCTIONS = new Set(['cross_entropy', 'nll_loss', 'binary_cross_entropy_with_logits', 'log_softmax']);
const CLASSES = new Set(['CrossEntropyLoss', 'NLLLoss', 'BCEWithLogitsLoss']);

/** `logits.float()` where the loss is worked out. */
export const fp32Loss: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (_unit, { analysis, edits }) => inFloat(analysis, edits),
      elsewhere: 'The library works the loss out itself, in float32 already.',
    }),
};

function inFloat(analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  if (module.calls.some(({ name }) => name === 'autocast')) {
    return refused('Under autocast these losses run in float32 already.');
  }
  if (!isHalf(analysis)) {
    return refused('Nothing in this file puts the model into half precision.');
  }
  const losses = module.calls.filter((call) => isLoss(call, analysis));
  const logits = losses.flatMap((call) => call.keywords.get('input') ?? call.positional[0] ?? []);
  const [first] = logits;
  if (!first) {
    return refused('No cross entropy is worked out in this file.');
  }
  const open = logits.filter((node) => !/\.(float|double)\(\)|float32/.test(textOf(module.text, node)));
  if (open.length === 0) {
    return { kind: 'already-there', line: lines.lineAt(first.start) };
  }
  for (const node of open) {
    const written = textOf(module.text, node);
    edits.replace(node, `${isPostfix(node) ? written : `(${written})`}.float()`);
  }
  return { kind: 'edited', notes: [] };
}

/** The model itself is in half precision: `model.half()`, `.to(torch.bfloat16)`, `torch_dtype=torch.bfloat16`. */
function isHalf({ module }: PythonAnalysis): boolean {
  return module.calls.some(({ name, receiver, positional, keywords }) => {
    const type =
      keywords.get('torch_dtype') ?? keywords.get('dtype') ?? (name === 'to' ? positional.at(-1) : undefined);
    const isCast = (name === 'half' || name === 'bfloat16') && receiver !== null && positional.length === 0;
    const isModel = receiver !== null && /model|net/i.test(dottedName(module.text, receiver) ?? '');
    const isType = type !== undefined && /\b(b?float16|half)$/.test(textOf(module.text, type));
    return (isCast && isModel) || (isType && ((name === 'to' && isModel) || name === 'from_pretrained'));
  });
}

function isLoss(call: LocatedCall, { module, units }: PythonAnalysis): boolean {
  if (call.callee === null) {
    return false;
  }
  if (FUNCTIONS.has(call.name)) {
    return true;
  }
  return units.objects
    .assignmentsOf(call.callee)
    .some(({ value }) => CLASSES.has(readCall(module.text, value)?.name ?? ''));
}

/** What `.float()` can stand behind without parentheses. */
function isPostfix({ type }: SyntaxNode): boolean {
  return ['identifier', 'attribute', 'call', 'subscript', 'parenthesized_expression'].includes(type);
}
