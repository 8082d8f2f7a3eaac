import { childOf, contains, enclosing, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { readCall, textOf, wordsOf, type Call } from '../python/expressions.js';
import type { ObjectTable } from '../python/objects.js';
import type { LocatedCall, PythonModule } from '../python/pythonModule.js';
import { inUnits, type Rule, type RuleContext } from './rule.js';
import { constructionsOf, isTorch } from './support/torchNames.js';
import { LOOP } from '../python/loopStatements.js';

const COSINE = new Set(['CosineAnnealingLR']);
const ONE_CYCLE = new Set(['OneCycleLR']);

/** A schedule that counts epochs but is stepped every batch, or the other way round. */
export const schedulerInterval: Rule = {
  id: 'scheduler-interval',
  title: 'The schedule counts in other steps than it is given',
  severity: 'warning',
  scope: 'loop',
  why: 'A scheduler counts its own calls. Stepped after every batch, a cosine over `T_max=epochs` falls to its minimum within a few batches and then swings up and down for the whole run; stepped once an epoch, `OneCycleLR(steps_per_epoch=…)` never leaves its warmup.',
  silences: ['the length is computed, or its name does not speak of epochs', 'the loops can’t be told apart'],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=num_epochs)
for epoch in range(num_epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
        scheduler.step()
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=num_epochs)
for epoch in range(num_epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    scheduler.step()
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, context) => {
    const { module, objects } = context;
    return steppings(module, objects).flatMap(({ call, own, name, built }) => {
      if (call.owner !== unit.owner || !contains(own, unit.loop)) {
        return [];
      }
      const outer = enclosing(own.parent, LOOP);
      const isBatch =
        own === unit.loop && outer !== null && contains(unit.owner.node, outer) && isEpochLoop(outer, context);
      const isEpoch = own !== unit.loop && isEpochLoop(own, context);
      if (isBatch && isTorch(built, COSINE, module) && countsEpochs(built, context)) {
        return [
          {
            node: call.node,
            message: `${name} is stepped after every batch, but its length is given in epochs: the learning rate swings up and down. Step it once an epoch, or give T_max in batches.`,
          },
        ];
      }
      return isEpoch &&
        isTorch(built, ONE_CYCLE, module) &&
        built.keywords.has('steps_per_epoch') &&
        stepsOnce(name, context)
        ? [
            {
              node: call.node,
              message: `${name} is stepped once an epoch, but its length is given in batches: it never leaves its warmup. Step it after every batch.`,
            },
          ]
        : [];
    });
  }),
};

/** A scheduler of the two kinds, stepped without a value in a loop. */
interface Stepping {
  readonly call: LocatedCall;
  readonly own: SyntaxNode;
  readonly name: string;
  readonly built: Call;
}

/** Looked for once: a file full of loops has as many steps, and few are those of schedulers. */
const known = new WeakMap<PythonModule, readonly Stepping[]>();

function steppings(module: PythonModule, objects: ObjectTable): readonly Stepping[] {
  const before = known.get(module);
  if (before) {
    return before;
  }
  const found = module.callsNamed('step').flatMap((call): Stepping[] => {
    const own = call.positional.length === 0 ? enclosing(call.node, LOOP) : null;
    const name = call.receiver && textOf(module.text, call.receiver);
    const [built, ...others] = own && name ? constructionsOf(name, call.owner, module, objects) : [];
    const fits = built && others.length === 0 && (isTorch(built, COSINE, module) || isTorch(built, ONE_CYCLE, module));
    return own && name && built && fits ? [{ call, own, name, built }] : [];
  });
  known.set(module, found);
  return found;
}

/** `for epoch in range(…)`. */
function isEpochLoop(loop: SyntaxNode, { module }: RuleContext): boolean {
  const left = childOf(loop, 'left');
  return left !== undefined && wordsOf(textOf(module.text, left)).some((word) => /^(epochs?|ep)$/.test(word));
}

/** The length is a bare name that speaks of epochs, or a short number. */
function countsEpochs(call: Call, { module }: RuleContext): boolean {
  const node = call.keywords.get('T_max') ?? call.positional[1];
  const isName = node !== undefined && ['identifier', 'attribute'].includes(node.type);
  return (
    isName &&
    wordsOf(textOf(module.text, node)).some((word) => /^epochs?$/.test(word)) &&
    !multiplies(node, module.text)
  );
}

function multiplies(node: SyntaxNode, text: string): boolean {
  return [...walk(node)].some((part) => readCall(text, part) !== null);
}

function stepsOnce(name: string, { module }: RuleContext): boolean {
  return (
    module.callsNamed('step').filter(({ receiver }) => receiver && textOf(module.text, receiver) === name).length === 1
  );
}
