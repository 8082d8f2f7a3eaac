import { lastPart, wordsOf } from '../python/expressions.js';
import { contains } from '../syntax/syntaxNode.js';
import type { LocatedCall, PythonFunction } from '../python/pythonModule.js';
import { inUnits, type Rule, type RuleContext } from './rule.js';
import { fileSays } from './support/fileText.js';

/** After the first evaluation, dropout stays off and batch norm stays frozen. */
export const missingTrainMode: Rule = {
  id: 'missing-train-mode',
  title: 'No `model.train()` after `model.eval()`',
  severity: 'warning',
  scope: 'loop',
  why: '`eval()` switches dropout off and makes batch norm use its running averages, until `train()` is called. Evaluated inside the training loop without a way back, the model trains in evaluation mode from the first evaluation on: it overfits, and batch norm’s averages never move again.',
  silences: [
    'anything in the file is put into training mode, whatever it is called',
    'what is put into evaluation mode is not what the optimizer trains',
  ],
  bad: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        evaluate(model)
`,
  good: `import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        evaluate(model)
`,
  fixes: [],
  papers: [],
  check: inUnits((unit, context) => {
    const { module, found } = context;
    const returns =
      module.callsNamed('train').some(({ receiver }) => receiver !== null) ||
      ['training_mode', 'set_train'].some((name) => module.callsNamed(name).length > 0);
    if (returns || fileSays(module, /\.training\s*=|\bmode\(/)) {
      return [];
    }
    const trained = new Set(
      found.places.optimizers.flatMap(({ call }) =>
        [
          ...(call?.positional.slice(0, 1) ?? []),
          ...(call?.keywords.get('params') ? [call.keywords.get('params')] : []),
        ].flatMap((node) => (node ? wordOf(module.text.slice(node.start, node.end)) : [])),
      ),
    );
    return module
      .callsNamed('eval')
      .filter((call) => call.receiver !== null && call.positional.length === 0)
      .filter((call) => {
        const name = call.receiver ? module.text.slice(call.receiver.start, call.receiver.end) : '';
        const frozen = wordsOf(name).some((word) =>
          /^(teacher|target|ref|reference|ema|old|frozen|vgg|lpips|clip|vae)$/.test(word),
        );
        return trained.has(lastPart(name)) && !frozen && runsInOuterLoop(call, unit.loop, context);
      })
      .slice(0, 1)
      .map(({ node, receiver }) => {
        const name = receiver ? module.text.slice(receiver.start, receiver.end) : 'model';
        return {
          node,
          message: `${name} is never put back into training mode: after this line it trains without dropout and with frozen batch norm. Call ${name}.train() before the training batches.`,
        };
      });
  }),
};

/** `model.parameters()` → model. */
function wordOf(text: string): string[] {
  const match = /^([\w.]+)\.(parameters|named_parameters)\(/.exec(text);
  return match ? [lastPart(match[1] as string)] : [];
}

/** Evaluated between training batches: in the loop itself, in a loop around it, or in a function called from there. */
function runsInOuterLoop(
  call: LocatedCall,
  loop: RuleContext['found']['places']['node'],
  context: RuleContext,
): boolean {
  const outermost = outermostLoop(loop, context.module.ownerOf(loop));
  if (contains(outermost, call.node)) {
    return true;
  }
  const isFunction = call.owner !== context.module.main;
  return isFunction && context.units.callsOf(call.owner).some(({ node }) => contains(outermost, node));
}

function outermostLoop(
  loop: RuleContext['found']['places']['node'],
  owner: PythonFunction,
): RuleContext['found']['places']['node'] {
  let outermost = loop;
  for (let at = loop.parent; at && at !== owner.node; at = at.parent) {
    if (at.type === 'for_statement' || at.type === 'while_statement') {
      outermost = at;
    }
  }
  return outermost;
}
