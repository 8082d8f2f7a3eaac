import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart, textOf, wordsOf } from '../../loops/python/expressions.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/** Words of functions that are given an optimizer and don't schedule it. */
const HARMLESS = new Set(
  (
    'step unscale clip prepare initialize setup save load resume restore checkpoint wrap broadcast scale print len ' +
    'isinstance id type log logger info debug minimize backward'
  ).split(' '),
);

/** Base classes that have no hand in the training. */
const HARMLESS_BASES = new Set(['object', 'Module', 'ABC', 'Generic', 'Protocol']);

/**
 * What else may schedule the optimizer where this file can't see it: a function or a list that it is handed to, or a
 * base class of another file. Null when nothing can.
 */
export function otherHands(optimizer: string, scope: PythonFunction, analysis: PythonAnalysis): string | null {
  const call = analysis.module.calls.find((candidate) => isHandedTo(candidate, optimizer, analysis));
  if (call) {
    return `${optimizer} is handed to ${call.callee ?? call.name}(), which may schedule it`;
  }
  if (isHandedIn(optimizer, scope, analysis)) {
    return `${optimizer} is handed in from another file, which may schedule it`;
  }
  const base = optimizer.startsWith('self.') ? strangeBase(scope, analysis) : null;
  return base === null ? null : `the class ${base}, which is in another file, may schedule ${optimizer}`;
}

/** `self.optimizer = optimizer` or `= kwargs['optimizer']` in a class that only other files make objects of. */
function isHandedIn(optimizer: string, scope: PythonFunction, { module, units }: PythonAnalysis): boolean {
  const { className } = scope;
  const assigned = optimizer.startsWith('self.') ? units.objects.visibleAssignments(optimizer, scope) : [];
  return (
    className !== null &&
    module.callsNamed(className).length === 0 &&
    assigned.some(({ value, owner }) => {
      const name = dottedName(module.text, value)?.split(/[.[]/)[0];
      return name !== undefined && owner.parameters.some((parameter) => parameter.name === name);
    })
  );
}

function isHandedTo(call: LocatedCall, optimizer: string, { module, units }: PythonAnalysis): boolean {
  const handed = [...call.positional, ...call.keywords.values()].some((node) => names(node, optimizer, module.text));
  if (!handed || wordsOf(call.name).some((word) => HARMLESS.has(word))) {
    return false;
  }
  const isOwn = module.functions.some(({ name }) => name === call.name);
  const isOwnClass = module.classes.some((node) => textOf(module.text, childOf(node, 'name') ?? node) === call.name);
  const wraps = module.assignments.some(
    ({ value, target }) => value === call.node && units.objects.kindOf(target) === 'optimizer',
  );
  return !isOwn && !isOwnClass && !wraps;
}

/** The optimizer itself, or a list or dictionary with it; not a part of it (`optimizer.param_groups`). */
function names(node: SyntaxNode, optimizer: string, text: string): boolean {
  for (const part of walk(node, ({ type }) => !['attribute', 'call', 'lambda'].includes(type))) {
    const name = dottedName(text, part);
    if (name !== null && lastPart(name) === lastPart(optimizer)) {
      return true;
    }
  }
  return false;
}

function strangeBase(scope: PythonFunction, { module }: PythonAnalysis): string | null {
  const nameOf = (node: SyntaxNode) => textOf(module.text, childOf(node, 'name') ?? node);
  const pending = [scope.className];
  for (const name of pending) {
    const node = module.classes.find((candidate) => nameOf(candidate) === name);
    for (const base of (node && childOf(node, 'superclasses')?.children) ?? []) {
      const baseName = lastPart(textOf(module.text, base));
      if (module.classes.some((candidate) => nameOf(candidate) === baseName)) {
        pending.push(pending.includes(baseName) ? null : baseName);
      } else if (!HARMLESS_BASES.has(baseName.split('[')[0] as string) && base.type !== 'keyword_argument') {
        return baseName;
      }
    }
  }
  return null;
}
