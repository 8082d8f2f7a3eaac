import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, readCall, textOf, wordsOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused } from '../editing/editList.js';
import { LOOP } from '../../loops/python/loopStatements.js';

/** How many steps a run has, as code that is valid in front of its outermost loop. */
export interface RunLength {
  readonly code: string;
  readonly outermost: SyntaxNode;
}

const UNKNOWN = "How many steps the run has can't be told from its loops";

/** `for step in range(n)`, or `for epoch in range(n)` around `for batch in loader`. */
export function runLength(unit: TrainingUnit, analysis: PythonAnalysis): RunLength {
  const { owner, region } = unit;
  if (
    region !== unit.loop ||
    !LOOP.has(region.type) ||
    unit.steps.some(({ site }) => enclosing(site, LOOP) !== region)
  ) {
    throw new EditRefused(`${UNKNOWN}: the step stands in another loop or function.`);
  }
  return lengthOfLoop(
    region,
    unit.steps.map(({ site }) => site),
    owner,
    analysis,
  );
}

/** What decides whether a round gets to a node: the `if` above it, or a `continue` before it; null where nothing does. */
function decisionOn(site: SyntaxNode, loop: SyntaxNode, text: string): SyntaxNode | null {
  const own = [...walk(loop, (node) => node === loop || !INNER.has(node.type))];
  const skip = own.find((node) => {
    const condition = node.type === 'continue_statement' && node.start < site.start ? conditionOf(node, loop) : null;
    return condition !== null && COUNTS.test(textOf(text, childOf(condition, 'condition') ?? condition));
  });
  return conditionOf(site, loop) ?? skip ?? null;
}

const INNER = new Set(['for_statement', 'while_statement', 'function_definition']);

/** `step < learning_starts`, `step % every != 0`; not the rare batch that is left out because it is broken or empty. */
const COUNTS = /[%<>]/;

/** The `if` in the loop under which a node stands; null under none. */
function conditionOf(node: SyntaxNode, loop: SyntaxNode): SyntaxNode | null {
  for (let at = node.parent; at && at !== loop; at = at.parent) {
    if (at.type === 'if_statement') {
      return at;
    }
  }
  return null;
}

/**
 * How often a loop goes round in the whole run, with the loop around it; nothing may leave either early, and every round
 * has to get to all sites of its steps.
 */
export function lengthOfLoop(
  region: SyntaxNode,
  sites: readonly SyntaxNode[],
  owner: PythonFunction,
  analysis: PythonAnalysis,
): RunLength {
  const decision = sites.map((site) => decisionOn(site, region, analysis.module.text)).find((node) => node !== null);
  if (decision) {
    throw new EditRefused(
      `${UNKNOWN}: whether a round makes a step is decided on line ${analysis.lines.lineAt(decision.start) + 1}.`,
    );
  }
  if (!runsOnce(owner, analysis)) {
    throw new EditRefused(`${UNKNOWN}: ${owner.name}() may run many times.`);
  }
  const outer = enclosing(region.parent, LOOP);
  const loops = outer ? [outer, region] : [region];
  if (outer && enclosing(outer.parent, LOOP)) {
    throw new EditRefused(`${UNKNOWN}: there are three loops around one another.`);
  }
  if (loops.some(isLeftEarly)) {
    throw new EditRefused(`${UNKNOWN}: it can be left early.`);
  }
  const factors = loops.map((loop) => rounds(loop, owner, analysis));
  return { code: factors.join(' * '), outermost: outer ?? region };
}

/** By `break` or `return` of its own: loops and functions inside have theirs. */
function isLeftEarly(loop: SyntaxNode): boolean {
  return [...walk(loop, (node) => node === loop || node.type !== 'function_definition')].some(
    (node) =>
      node.type === 'return_statement' || (node.type === 'break_statement' && enclosing(node.parent, LOOP) === loop),
  );
}

/** The program itself, its `main` that something else runs, or a function that it calls once, outside of every loop. */
export function runsOnce(owner: PythonFunction, { module, units }: PythonAnalysis): boolean {
  const [call, ...others] = units.callsOf(owner);
  const isEntry = owner.name === 'main' && owner.className === null && call === undefined;
  return isEntry || owner === module.main || (call !== undefined && others.length === 0 && !enclosing(call.node, LOOP));
}

function rounds(loop: SyntaxNode, owner: PythonFunction, { module, units, lines }: PythonAnalysis): string {
  const line = lines.lineAt(loop.start) + 1;
  const source = loop.type === 'for_statement' ? childOf(loop, 'right') : undefined;
  const counted = source && unwrapped(source, module.text);
  const call = counted && readCall(module.text, counted);
  if (call && (call.callee === 'range' || call.callee === 'trange')) {
    const [count, ...more] = call.positional;
    if (count && more.length === 0 && !/[\n#]/.test(textOf(module.text, count))) {
      return count.type === 'binary_operator' ? `(${textOf(module.text, count)})` : textOf(module.text, count);
    }
  }
  const name = counted && dottedName(module.text, counted);
  const built = name ? units.objects.visibleAssignments(name, owner) : [];
  const isBuilt =
    built.length > 0 &&
    built.every(
      ({ value }) =>
        value.type === 'list' ||
        value.type === 'list_comprehension' ||
        readCall(module.text, value)?.name.endsWith('DataLoader') === true,
    );
  const isHanded =
    built.length === 0 && name !== undefined && name !== null && wordsOf(name).some((word) => word.endsWith('loader'));
  if (name && (isBuilt || isHanded) && !module.text.includes('IterableDataset')) {
    return `len(${name})`;
  }
  throw new EditRefused(`${UNKNOWN}: how often the loop on line ${line} goes round is not written there.`);
}

/** `enumerate(loader)` and `tqdm(loader)` go round as often as what they are given. */
export function unwrapped(source: SyntaxNode, text: string): SyntaxNode {
  const call = readCall(text, source);
  const [first] = call?.positional ?? [];
  return first && /^(enumerate|tqdm)$/.test(call?.name ?? '') ? unwrapped(first, text) : source;
}
