import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import { readCall, type Call } from '../python/expressions.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import type { Rule, RuleContext, Violation } from './rule.js';
import { forwardResults, modelClassOf, sequentialOf, sourceOfArgument } from './support/modelOutputs.js';
import { isTorch, usesOf } from './support/torchNames.js';

const LOSS = new Set(['CrossEntropyLoss', 'cross_entropy']);
const SOFTMAX = new Set(['softmax', 'Softmax', 'Softmax2d']);

/** Cross-entropy takes logits and applies log-softmax itself; probabilities are squashed a second time. */
export const softmaxBeforeCrossEntropy: Rule = {
  id: 'softmax-before-cross-entropy',
  title: 'Softmax before a cross-entropy that applies it itself',
  severity: 'warning',
  scope: 'file',
  why: '`CrossEntropyLoss` expects raw scores and takes their log-softmax. Given probabilities it sees scores between 0 and 1, so that even a perfect answer keeps a loss of log(1 + (k − 1)/e) for k classes, and gradients are small everywhere: training is slow and stops early.',
  silences: [
    'the argument is log-softmax: taken twice it stays what it was',
    'what the model returns can’t be read from this file',
  ],
  bad: `import torch
import torch.nn.functional as F

criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    scores = F.softmax(model(x), dim=1)
    criterion(scores, y).backward()
    optimizer.step()
`,
  good: `import torch
import torch.nn.functional as F

criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    scores = model(x)
    criterion(scores, y).backward()
    optimizer.step()
`,
  fixes: [],
  papers: [],
  check: (context) =>
    context.found.origin.kind === 'unit' || context.found.origin.kind === 'lightning'
      ? lossCalls(context).flatMap((call) => violation(call, context))
      : [],
};

function lossCalls({ module, objects }: RuleContext): readonly LocatedCall[] {
  // Other classes than PyTorch's may take more than scores and targets.
  return usesOf(LOSS, module, objects).filter((call) => isTorch(call, LOSS, module) || call.positional.length === 2);
}

function violation(loss: LocatedCall, context: RuleContext): readonly Violation[] {
  const { module } = context;
  const source = sourceOfArgument(loss.positional[0] ?? loss.keywords.get('input'), loss, module);
  if (!source) {
    return [];
  }
  const applied = softmaxAt(source.node, module) ?? softmaxOfModel(source.call, loss, context);
  const where = applied === null || applied === source.node ? '' : ' by the model';
  return applied
    ? [
        {
          node: applied,
          message: `Softmax is applied${where} to what goes into a cross-entropy that applies it itself. Hand over the raw scores.`,
        },
      ]
    : [];
}

function softmaxAt(node: SyntaxNode, module: PythonModule): SyntaxNode | null {
  const call = readCall(module.text, node);
  return call && isSoftmax(call, module) ? node : null;
}

/** `F.softmax(x)`, `torch.softmax(x)`, `x.softmax(-1)`, `nn.Softmax()(x)`. */
function isSoftmax(call: Call, module: PythonModule): boolean {
  return isTorch(call, SOFTMAX, module) || (call.name === 'softmax' && call.receiver !== null);
}

function softmaxOfModel(call: Call, use: LocatedCall, { module, objects }: RuleContext): SyntaxNode | null {
  const last = sequentialOf(call, use.owner, module, objects)?.at(-1);
  if (last) {
    return softmaxAt(last, module);
  }
  const classNode = modelClassOf(call, use.owner, module, objects);
  const results = classNode ? forwardResults(classNode, module) : null;
  const [first] = results ?? [];
  return first && results?.every((node) => softmaxAt(node, module)) ? first : null;
}
