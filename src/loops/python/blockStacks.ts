import { childOf, contains, enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, readCall, stringValue, textOf } from './expressions.js';
import { statementOf, type LocatedCall, type PythonFunction, type PythonModule } from './pythonModule.js';
import { FOR } from './loopStatements.js';

/** A list of like blocks, as the code behind `statement` can name it: `self.transformer.h`. */
export interface BlockStack {
  readonly code: string;
  readonly owner: PythonFunction;
  /** The last statement that builds it. */
  readonly statement: SyntaxNode;
}

const LISTS = /^(?:ModuleList|Sequential|list|checkpoint_sequential)$/;
const REPEATED = new Set(['list_comprehension', 'generator_expression', 'for_statement', 'binary_operator']);

/** The lists in which a file keeps blocks of the class; null where there are none, or where one can't be named. */
export function stacksOf(className: string, module: PythonModule): readonly BlockStack[] | null {
  const built = module.calls.filter(({ callee, owner }) => callee === className && owner.className !== className);
  const stacks = built.map((call) => listOf(call, module));
  return stacks.length > 0 && stacks.every((stack) => stack !== null)
    ? stacks.filter((stack, index) => stacks.findIndex((other) => other.statement === stack.statement) === index)
    : null;
}

/** Whether blocks of other classes stand in the same lists. */
export function isMixed(
  stacks: readonly BlockStack[],
  className: string,
  others: readonly string[],
  module: PythonModule,
): boolean {
  return others
    .filter((other) => other !== className)
    .some((other) =>
      module.calls.some(
        ({ callee, node }) => callee === other && stacks.some(({ statement }) => contains(statement, node)),
      ),
    );
}

/** `nn.TransformerEncoder(layer, 6)` keeps its copies of the layer in `layers`. */
export function encoderStacks(module: PythonModule): readonly BlockStack[] | null {
  const built = module.calls.filter(({ name, callee }) => name === 'TransformerEncoder' && callee !== null);
  const stacks = built.map(({ node, owner }) => {
    const assigned = module.assignments.find(({ value }) => value === node);
    return assigned?.index === null
      ? { code: `${assigned.target}.layers`, owner, statement: assigned.statement }
      : null;
  });
  return stacks.length > 0 && stacks.every((stack) => stack !== null) ? stacks : null;
}

function listOf(call: LocatedCall, module: PythonModule): BlockStack | null {
  if (enclosing(call.node.parent, REPEATED) === null) {
    return null;
  }
  return listAround(call, module) ?? appendedTo(call, module);
}

/** `nn.ModuleList([Block(c) for _ in range(n)])`, alone or as an entry of a dictionary of modules. */
function listAround({ node, owner }: LocatedCall, module: PythonModule): BlockStack | null {
  const { text } = module;
  let entry = '';
  let inList = false;
  for (let at = node.parent; at && at !== owner.node; at = at.parent) {
    const around = readCall(text, at);
    const assigned = module.assignments.find(({ value }) => value === at);
    inList ||= at.type === 'list_comprehension' || (around !== null && LISTS.test(around.name));
    if (at.type === 'keyword_argument' && inList && entry === '') {
      const name = childOf(at, 'name');
      entry = name ? `.${textOf(text, name)}` : '';
    }
    if (at.type === 'pair' && inList && entry === '') {
      const key = stringValue(text, childOf(at, 'key'));
      entry = key !== null && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : '[]';
    }
    if (assigned) {
      const whole = inList && assigned.index === null && entry !== '[]';
      return whole ? { code: assigned.target + entry, owner, statement: assigned.statement } : null;
    }
    if (at.type === 'block') {
      return null;
    }
  }
  return null;
}

/** `for i in range(n): self.layers.append(Block(i))`, the block under a name of its own or not. */
function appendedTo({ node, owner }: LocatedCall, module: PythonModule): BlockStack | null {
  const loop = enclosing(node, FOR);
  const named = module.assignments.find(({ value }) => value === node)?.target;
  if (!loop || !contains(owner.node, loop)) {
    return null;
  }
  const append = module.calls.find(
    ({ name, node: call, positional: [argument] }) =>
      name === 'append' &&
      contains(loop, call) &&
      argument !== undefined &&
      (argument === node || (named !== undefined && textOf(module.text, argument) === named)),
  );
  const list = append?.receiver && dottedName(module.text, append.receiver);
  return list ? { code: list, owner, statement: statementOf(loop) } : null;
}
