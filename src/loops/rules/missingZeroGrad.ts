import { readCall } from '../python/expressions.js';
import type { PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule } from './rule.js';
import { fileSays } from './support/fileText.js';

/** Gradients add up over steps when nothing ever clears them. */
export const missingZeroGrad: Rule = {
  id: 'missing-zero-grad',
  title: 'Nothing clears the gradients',
  severity: 'error',
  scope: 'loop',
  why: '`backward` adds to the gradients that are there. Without `zero_grad` each step moves along the sum of all gradients since the start, which behaves like momentum that never fades: the loss falls at first and then swings or diverges.',
  silences: [
    'the file clears gradients in any spelling: `zero_grad`, `p.grad = None`, `p.grad.zero_()`',
    'the optimizer is not one of PyTorch’s own: others may clear by themselves',
  ],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, { module }) => {
    const [step] = unit.steps;
    const target = step?.event.target;
    const plain = unit.steps.every(({ event }) => event.route === 'plain' || event.route === 'scaler');
    if (!step || !target || !plain || unit.steps.length !== 1 || clearsGradients(module)) {
      return [];
    }
    return isTorchOptimizer(target, module) && inLoop(unit.loop.type)
      ? [
          {
            node: step.event.node,
            message: `Nothing in this file clears the gradients: those of all earlier steps are added to each new one. Call ${target}.zero_grad() after the step.`,
          },
        ]
      : [];
  }),
};

function inLoop(type: string): boolean {
  return type === 'for_statement' || type === 'while_statement';
}

/** Any spelling anywhere in the file speaks against the warning: `zero_grad`, `p.grad = None`, `p.grad.zero_()`. */
function clearsGradients(module: PythonModule): boolean {
  return (
    fileSays(module, /zero_grad/) ||
    module.assignments.some(({ target }) => target.endsWith('.grad') || target.endsWith('.grad.data')) ||
    fileSays(module, /\.grad(\.data)?\.(zero_|fill_)\(/)
  );
}

/** Optimizers of other libraries may clear gradients themselves. */
function isTorchOptimizer(target: string, module: PythonModule): boolean {
  const calls = module.assignments
    .filter((assignment) => assignment.target === target)
    .map(({ value }) => readCall(module.text, value)?.callee ?? '');
  return (
    calls.length === 1 &&
    calls.every((callee) => {
      const binding = module.importNamed(callee.split('.')[0]);
      return binding?.path.startsWith('torch') ?? false;
    })
  );
}
