import { walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { lastPart, textOf, wordsOf } from '../python/expressions.js';
import type { PythonModule } from '../python/pythonModule.js';
import { boundaryConditions } from '../python/unitStructure.js';
import { inUnits, type Rule } from './rule.js';

/** Gradients that add up over n batches are n times too long unless the loss is divided. */
export const accumulationUndivided: Rule = {
  id: 'accumulation-undivided',
  title: 'Accumulated gradients are summed, not averaged',
  severity: 'info',
  scope: 'loop',
  why: 'The gradients of n batches add up. Unless each loss is divided by n, the step is n times as long as that of one batch of the same size would be, and clipping bites n times as often. Changing the number of batches then changes the learning rate too.',
  silences: [
    'anything in the file is divided or multiplied by that number',
    'the number is worked out from a batch that is wanted',
    'the loss is a sum that is normalised some other way',
  ],
  bad: `import torch

accumulation_steps = 4
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for i, (x, y) in enumerate(loader):
    loss = loss_fn(model(x), y)
    loss.backward()
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
`,
  good: `import torch

accumulation_steps = 4
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for i, (x, y) in enumerate(loader):
    loss = loss_fn(model(x), y) / accumulation_steps
    loss.backward()
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module }) => {
    const [step, ...otherSteps] = unit.steps;
    const [backward, ...otherBackwards] = unit.backwards;
    const plain = backward?.event.route === 'plain' || backward?.event.route === 'scaler';
    if (!step || !backward || otherSteps.length > 0 || otherBackwards.length > 0 || !plain) {
      return [];
    }
    const number = boundaryConditions(step, unit, module).flatMap((condition) => modulus(condition, module))[0];
    return number !== undefined && isAccumulation(number) && !isDivided(number, module) && !isWorkedOut(number, module)
      ? [
          {
            node: backward.event.node,
            message: `The gradients of ${number} batches are summed here, so the step is that many times too long. Divide the loss by ${number}.`,
          },
        ]
      : [];
  }),
};

/** The name behind `%` in a condition. */
function modulus(condition: SyntaxNode, { text }: PythonModule): string[] {
  return [...walk(condition)].flatMap((node) => {
    const right = node.children.find(({ field }) => field === 'right');
    const left = node.children.find(({ field }) => field === 'left');
    const isModulo =
      node.type === 'binary_operator' && left && right && text.slice(left.end, right.start).includes('%');
    return isModulo && ['identifier', 'attribute'].includes(right.type) ? [textOf(text, right)] : [];
  });
}

function isAccumulation(name: string): boolean {
  return wordsOf(lastPart(name)).some((word) => word.startsWith('accum'));
}

/** `accumulate = max(round(64 / batch_size), 1)`: losses that are summed over the examples of a batch are gathered so. */
function isWorkedOut(number: string, { text, assignments }: PythonModule): boolean {
  return assignments.some(({ target, value }) => target === number && /\/|\*/.test(textOf(text, value)));
}

/** Any division or multiplication by the number, or by anything that speaks of accumulation, and any way of summing over tokens. */
function isDivided(number: string, { text }: PythonModule): boolean {
  const last = lastPart(number).replaceAll(/[^\w]/g, '');
  return (
    new RegExp(`([/*]=?\\s*[\\w.()]*(${last}|accum)|\\.(div_?|mul_?)\\()`, 'i').test(text) ||
    /reduction\s*=\s*['"]sum['"]|num_items_in_batch|num_tokens|n_tokens|\.grad\.(div_|mul_)|loss_scale|1(\.0?)?\s*\/|\*\s*\w*scale/.test(
      text,
    )
  );
}
