import { childOf, contains, enclosing, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, numberValue, textOf } from '../python/expressions.js';
import type { ObjectTable } from '../python/objects.js';
import type { PythonFunction, PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule, type RuleContext } from './rule.js';
import { LOOP } from '../python/loopStatements.js';

/** A loss that is added up as a tensor keeps the graphs of all its batches. */
export const lossKeptWithGraph: Rule = {
  id: 'loss-kept-with-graph',
  title: 'A running loss keeps the graph of every batch',
  severity: 'warning',
  scope: 'loop',
  why: '`total += loss` adds tensors, and the sum remembers how each of them was computed. Memory grows with every batch until the epoch ends or memory does, and adding gets slower. `loss.item()` gives the number alone.',
  silences: [
    'the loss is detached first',
    'the sum is used for a backward pass of its own',
    'the sum begins as a tensor',
  ],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total_loss = 0.0
for x, y in loader:
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    total_loss += loss
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total_loss = 0.0
for x, y in loader:
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    total_loss += loss.item()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module, objects }: RuleContext) =>
    unit.backwards.flatMap(({ event }) => {
      const loss = event.route === 'plain' && event.callee === 'backward' ? event.through : null;
      if (loss === null || loss.includes('.') || isDetached(loss, event.owner, module, objects)) {
        return [];
      }
      return module.assignmentNodes
        .filter((node) => node.type === 'augmented_assignment' && addsUp(node, loss, event.node, module))
        .filter((node) => module.ownerOf(node) === event.owner)
        .map((node) => ({
          node,
          message: `${loss} is added with its graph, so the memory of every batch is kept. Add ${loss}.item().`,
        }));
    }),
  ),
};

function isDetached(loss: string, owner: PythonFunction, module: PythonModule, objects: ObjectTable): boolean {
  return objects
    .assignmentsOf(loss)
    .some(
      (assignment) =>
        assignment.owner === owner &&
        /\.(item|detach|numpy|tolist|data)\b|float\(/.test(textOf(module.text, assignment.value)),
    );
}

function addsUp(node: SyntaxNode, loss: string, backward: SyntaxNode, module: PythonModule): boolean {
  // Most of a file stands in other loops than the backward pass.
  const loop = enclosing(node.parent, LOOP);
  if (!loop || !contains(loop, backward)) {
    return false;
  }
  const left = childOf(node, 'left');
  const right = childOf(node, 'right');
  const target = left && dottedName(module.text, left);
  if (
    !left ||
    !right ||
    !target ||
    !textOf(module.text, node).includes('+=') ||
    !isLossTimesNumber(right, loss, module)
  ) {
    return false;
  }
  const owner = module.ownerOf(node);
  const starts = module.assignments.filter((assignment) => assignment.target === target && assignment.owner === owner);
  const fromZero = starts.length > 0 && starts.every(({ value }) => numberValue(module.text, value) === 0);
  // Started anew inside the loop of the batches, it keeps one graph at a time.
  const outside = starts.every(({ statement }) => !contains(loop, statement));
  const backwarded = new RegExp(
    `\\b${target.replaceAll('.', '\\.')}\\b[^\\n]*\\.backward\\(|backward\\(\\s*${target.replaceAll('.', '\\.')}\\b`,
  );
  const noGrad = [...ancestors(node)].some(
    (at) => at.type === 'with_statement' && /no_grad|inference_mode/.test(textOf(module.text, at).split('\n')[0] ?? ''),
  );
  return fromZero && outside && !backwarded.test(module.text) && !noGrad;
}

function* ancestors(node: SyntaxNode): Generator<SyntaxNode> {
  for (let at = node.parent; at; at = at.parent) {
    yield at;
  }
}

/** `loss`, `loss * n`, `loss / n`: no call that could detach it. */
function isLossTimesNumber(right: SyntaxNode, loss: string, { text }: PythonModule): boolean {
  const names = [...walk(right)]
    .filter(({ type }) => type === 'identifier')
    .map((node) => text.slice(node.start, node.end));
  const detaches = /\.(item|detach|data|numpy|cpu|tolist)\b|float\(|no_grad/.test(textOf(text, right));
  const isPlain = right.type === 'identifier' || right.type === 'binary_operator';
  return isPlain && names.includes(loss) && !detaches;
}
