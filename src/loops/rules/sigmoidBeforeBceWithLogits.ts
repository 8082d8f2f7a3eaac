import type { LocatedCall } from '../python/pythonModule.js';
import { readCall, type Call } from '../python/expressions.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import type { PythonModule } from '../python/pythonModule.js';
import type { Rule, RuleContext, Violation } from './rule.js';
import { forwardResults, modelClassOf, sequentialOf, sourceOfArgument } from './support/modelOutputs.js';
import { isTorch, usesOf } from './support/torchNames.js';

const LOSS = new Set(['BCEWithLogitsLoss', 'binary_cross_entropy_with_logits']);
const SIGMOID = new Set(['sigmoid', 'Sigmoid']);

/** The loss "with logits" applies the sigmoid itself. */
export const sigmoidBeforeBceWithLogits: Rule = {
  id: 'sigmoid-before-bce-with-logits',
  title: 'Sigmoid before a loss that applies it itself',
  severity: 'warning',
  scope: 'file',
  why: '`BCEWithLogitsLoss` takes raw scores. Given probabilities it can never say less than 0.5 or more than 0.73, so the loss has a floor and gradients vanish where the model is sure.',
  silences: ['what the model returns can’t be read from this file'],
  bad: `import torch

criterion = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(torch.sigmoid(model(x)), y)
    loss.backward()
    optimizer.step()
`,
  good: `import torch

criterion = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
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
    return usesOf(LOSS, module, objects).flatMap((call) => violation(call, context));
  },
};

function violation(loss: LocatedCall, context: RuleContext): readonly Violation[] {
  const { module } = context;
  const source = sourceOfArgument(loss.positional[0] ?? loss.keywords.get('input'), loss, module);
  const applied = source && (sigmoidAt(source.node, module) ?? sigmoidOfModel(source.call, loss, context));
  return applied
    ? [
        {
          node: applied,
          message:
            'Sigmoid is applied to what goes into a loss with logits, which applies it itself. Hand over the raw scores.',
        },
      ]
    : [];
}

function sigmoidAt(node: SyntaxNode, module: PythonModule): SyntaxNode | null {
  const call = readCall(module.text, node);
  return call && (isTorch(call, SIGMOID, module) || isMethod(call)) ? node : null;
}

function isMethod({ name, receiver, positional }: Call): boolean {
  return name === 'sigmoid' && receiver !== null && positional.length === 0;
}

function sigmoidOfModel(call: Call, use: LocatedCall, { module, objects }: RuleContext): SyntaxNode | null {
  const last = sequentialOf(call, use.owner, module, objects)?.at(-1);
  if (last) {
    return sigmoidAt(last, module);
  }
  const classNode = modelClassOf(call, use.owner, module, objects);
  const results = classNode ? forwardResults(classNode, module) : null;
  const [first] = results ?? [];
  return first && results?.every((node) => sigmoidAt(node, module)) ? first : null;
}
