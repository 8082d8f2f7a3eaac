import { dottedName, lastPart, textOf, wordsOf } from '../python/expressions.js';
import { contains, enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import type { PythonFunction, PythonModule } from '../python/pythonModule.js';
import type { UnitFinder } from '../python/trainingUnits.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';
import { LOOP } from '../python/loopStatements.js';

const EVALUATION = /^(eval|evaluate|evaluation|val|valid|validate|validation|test|testing|dev)$/;

/** Anything by which gradients may be switched off, or wanted. */
const ABOUT_GRADIENTS =
  /no_grad|inference_mode|set_grad_enabled|autograd|backward|requires_grad|volatile|\.grad\b|attack|adversar|saliency|perturb/;

/** Without `no_grad` an evaluation keeps every activation for a backward pass that never comes. */
export const evalWithoutNoGrad: Rule = {
  id: 'eval-without-no-grad',
  title: 'Evaluation without `no_grad`',
  severity: 'warning',
  scope: 'file',
  why: '`eval()` changes how layers compute, not what is remembered: without `torch.no_grad()` or `torch.inference_mode()` the evaluation keeps all activations for a backward pass. It is slower, needs far more memory, and runs out of it at batch sizes that would fit.',
  silences: [
    'the function, or a place that calls it, says anything about gradients',
    'nothing in the file calls it: the caller may have switched gradients off',
  ],
  bad: `import torch


def evaluate(model, loader):
    model.eval()
    correct = 0
    for x, y in loader:
        correct += (model(x).argmax(1) == y).sum().item()
    return correct


optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    evaluate(model, test_loader)
`,
  good: `import torch


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    correct = 0
    for x, y in loader:
        correct += (model(x).argmax(1) == y).sum().item()
    return correct


optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    evaluate(model, test_loader)
`,
  fixes: [],
  papers: [],
  check: inUnits((_unit, { module, units }) =>
    module
      .callsNamed('eval')
      .filter(({ receiver, positional, owner }) => {
        const isEval = receiver !== null && positional.length === 0;
        return isEval && owner !== module.main && isEvaluation(owner, module);
      })
      .flatMap(({ receiver, owner }) => {
        const model = receiver && dottedName(module.text, receiver);
        const forward = (model === null ? [] : module.callsNamed(lastPart(model))).find(
          (call) => call.owner === owner && call.callee === model && inLoopOf(call.node, owner.node),
        );
        const calls = units.callsOf(owner);
        const aware = [owner.node, ...calls.map(({ node }) => surroundings(node))].some((node) =>
          ABOUT_GRADIENTS.test(textOf(module.text, withDecorators(node))),
        );
        return forward && calls.length > 0 && !aware && !isNestedIn(owner, module, units)
          ? [
              {
                node: forward.node,
                message:
                  'This evaluation keeps all activations as if a backward pass would follow. Decorate the function with @torch.no_grad().',
              },
            ]
          : [];
      })
      .slice(0, 1),
  ),
};

function isEvaluation({ name }: PythonFunction, module: PythonModule): boolean {
  const words = wordsOf(name);
  return (
    words.some((word) => EVALUATION.test(word)) &&
    !words.includes('train') &&
    !fileSays(module, /set_grad_enabled\(False\)/)
  );
}

function inLoopOf(node: SyntaxNode, owner: SyntaxNode): boolean {
  const loop = enclosing(node.parent, LOOP);
  return loop !== null && contains(owner, loop);
}

function withDecorators(node: SyntaxNode): SyntaxNode {
  return node.parent?.type === 'decorated_definition' ? node.parent : node;
}

/** The outermost `with` around a call, or the call: what decides on gradients there. */
function surroundings(node: SyntaxNode): SyntaxNode {
  let outermost = node;
  for (let at = node.parent; at; at = at.parent) {
    outermost = at.type === 'with_statement' ? at : outermost;
  }
  return outermost;
}

/** A caller of the callers may have switched gradients off. */
function isNestedIn(owner: PythonFunction, module: PythonModule, units: UnitFinder): boolean {
  const callers = new Set(units.callsOf(owner).map((call) => call.owner));
  return [...callers].some(
    (caller) =>
      caller !== module.main &&
      /@[^\n]*(no_grad|inference_mode)/.test(textOf(module.text, withDecorators(caller.node)).slice(0, 200)),
  );
}
