import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import { readCall, type Call } from '../python/expressions.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import type { Rule, RuleContext } from './rule.js';
import { forwardResults, modelClassOf, sequentialOf, sourceOfArgument } from './support/modelOutputs.js';
import { isTorch, usesOf } from './support/torchNames.js';

/** Losses for probabilities, and the loss that takes raw scores instead. */
const ADVICE = [
  { names: new Set(['NLLLoss', 'nll_loss']), better: 'CrossEntropyLoss' },
  { names: new Set(['BCELoss', 'binary_cross_entropy']), better: 'BCEWithLogitsLoss' },
];
const LINEAR = new Set(['Linear', 'LazyLinear', 'Conv2d', 'Bilinear']);

/** NLLLoss wants log-probabilities, BCELoss probabilities; a linear layer gives neither. */
export const lossOnLogits: Rule = {
  id: 'loss-on-logits',
  title: 'A loss for probabilities gets raw scores',
  severity: 'error',
  scope: 'file',
  why: '`NLLLoss` takes log-probabilities: on raw scores its value is just minus a score, which falls without end while nothing is learned. `BCELoss` takes probabilities and fails, on the GPU with an assertion, for anything outside of 0 to 1. `CrossEntropyLoss` and `BCEWithLogitsLoss` are their forms for raw scores.',
  silences: ['the last layer is not a linear one, or can’t be read from this file'],
  bad: `import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
`,
  good: `import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10), nn.LogSoftmax(dim=1))
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
`,
  fixes: [],
  papers: [],
  check: (context) => {
    const { module, objects, found } = context;
    if (found.origin.kind !== 'unit' && found.origin.kind !== 'lightning') {
      return [];
    }
    return ADVICE.flatMap(({ names, better }) =>
      usesOf(names, module, objects)
        .filter((call) => isLinearOutput(call, context))
        .map(({ node }) => ({
          node,
          message: `This loss gets the raw scores of a linear layer. Use ${better}, which is made for them.`,
        })),
    );
  },
};

function isLinearOutput(loss: LocatedCall, { module, objects }: RuleContext): boolean {
  const source = sourceOfArgument(loss.positional[0], loss, module);
  if (!source) {
    return false;
  }
  const last = sequentialOf(source.call, loss.owner, module, objects)?.at(-1);
  if (last) {
    return isLinear(readCall(module.text, last), module);
  }
  const classNode = modelClassOf(source.call, loss.owner, module, objects);
  const results = classNode ? forwardResults(classNode, module) : null;
  return results?.every((node) => isLayerOf(node, classNode as SyntaxNode, { module, objects })) ?? false;
}

function isLinear(call: Call | null, module: PythonModule): boolean {
  return call !== null && isTorch(call, LINEAR, module);
}

/** `self.fc(x)` where the class assigns `self.fc = nn.Linear(…)` once. */
function isLayerOf(
  node: SyntaxNode,
  classNode: SyntaxNode,
  { module }: Pick<RuleContext, 'module' | 'objects'>,
): boolean {
  const call = readCall(module.text, node);
  const assigned = module.assignments.filter(
    ({ target, statement }) =>
      target === call?.callee && classNode.start <= statement.start && statement.end <= classNode.end,
  );
  return (
    call?.callee?.startsWith('self.') === true &&
    assigned.length === 1 &&
    assigned.every(({ value }) => isLinear(readCall(module.text, value), module))
  );
}
