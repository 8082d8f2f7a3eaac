import type { FunctionalTraining } from '../../loops/python/functionalTraining.js';
import type { KerasTraining } from '../../loops/python/kerasTraining.js';
import { dottedName, numberValue, textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { KerasOrigin, PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { contains, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused } from '../editing/editList.js';
import { lengthOfLoop } from '../linearDecay/runLength.js';
import type { LoopContext } from '../loopFix.js';
import { LOOP } from '../../loops/python/loopStatements.js';

const UNKNOWN = "How many steps the run has can't be told from this file";

/** Datasets that don't know how long they are. */
const ENDLESS = /\brepeat\(|from_generator\(|TFRecordDataset|\bfilter\(|ImageDataGenerator|\.flow/;

/**
 * The number of steps of the run as code that is valid in front of a statement.
 * @throws EditRefused when it is not written in the file, or known only later
 */
export function stepsOfRun({ found, analysis }: LoopContext, before: SyntaxNode): string {
  const { origin } = found;
  const { text, nodes } =
    origin.kind === 'functional'
      ? stepsOfLoop(origin.functional, analysis)
      : stepsOfFit((origin as KerasOrigin).keras, analysis);
  checkBound(nodes, before, analysis);
  return text;
}

interface Count {
  readonly text: string;
  /** What of the file the code is put together from. */
  readonly nodes: readonly SyntaxNode[];
}

function stepsOfLoop({ owner, loop, step }: FunctionalTraining, analysis: PythonAnalysis): Count {
  const { module } = analysis;
  const holder = module.ownerOf(loop);
  const calls = owner === holder ? [step.node] : module.callsNamed(owner.name).map(({ node }) => node);
  const inside = calls.filter((node) => contains(loop, node));
  if (!LOOP.has(loop.type) || inside.length > 1 || inside.some((node) => enclosing(node, LOOP) !== loop)) {
    throw new EditRefused(`${UNKNOWN}: the step is not taken once in each round of one loop.`);
  }
  const { code, outermost } = lengthOfLoop(loop, inside, holder, analysis);
  const heads = [outermost, loop].flatMap(({ children }) => children.filter(({ field }) => field === 'right'));
  return { text: code, nodes: heads };
}

function stepsOfFit({ fit }: KerasTraining, { module, units }: PythonAnalysis): Count {
  if (fit?.name !== 'fit' || fit.spread || module.callsNamed('fit').length > 1 || enclosing(fit.node, LOOP)) {
    throw new EditRefused(`${UNKNOWN}: it takes one call of fit with its arguments written out.`);
  }
  const { keywords } = fit;
  if (keywords.has('initial_epoch')) {
    throw new EditRefused(`${UNKNOWN}: fit goes on from a later epoch.`);
  }
  const epochs = keywords.get('epochs');
  const rounds = epochs ? factor(textOf(module.text, epochs)) : '1';
  const perEpoch = keywords.get('steps_per_epoch');
  const used = epochs ? [epochs] : [];
  if (perEpoch && perEpoch.type !== 'none') {
    return { text: product(rounds, factor(textOf(module.text, perEpoch))), nodes: [...used, perEpoch] };
  }
  const data = keywords.get('x') ?? fit.positional[0];
  const name = data && dottedName(module.text, data);
  if (!data || !name) {
    throw new EditRefused(`${UNKNOWN}: the data of fit have no name.`);
  }
  const batch = keywords.get('batch_size') ?? fit.positional[2];
  const isArray = keywords.has('y') || fit.positional.length > 1 || batch !== undefined;
  if (!isArray) {
    const made = units.objects.visibleAssignments(name, fit.owner);
    const known = made.length > 0 && made.every(({ value }) => !ENDLESS.test(textOf(module.text, value)));
    const batched = made.some(({ value }) =>
      /batch|DataLoader|Dataset|_from_directory/.test(textOf(module.text, value)),
    );
    if (!known || !batched) {
      throw new EditRefused(`${UNKNOWN}: how many batches ${name} has is not known here.`);
    }
    return { text: product(rounds, `len(${name})`), nodes: [...used, data] };
  }
  const size = batch ? textOf(module.text, batch) : '32';
  const split = keywords.get('validation_split');
  const examples = split ? `int(len(${name}) * (1 - ${textOf(module.text, split)}))` : `len(${name})`;
  const code = product(rounds, `-(-${examples} // ${factor(size)})`);
  return { text: code, nodes: [...used, data, ...(batch ? [batch] : []), ...(split ? [split] : [])] };
}

function product(one: string, other: string): string {
  return one === '1' ? other : `${one} * ${other}`;
}

function factor(code: string): string {
  return /^[\w.[\]"']+$/.test(code) ? code : `(${code})`;
}

/** Every name of the code must have its value where the optimizer is built. */
function checkBound(nodes: readonly SyntaxNode[], before: SyntaxNode, analysis: PythonAnalysis): void {
  const { module } = analysis;
  const scope = module.ownerOf(before);
  for (const node of nodes.flatMap((each) => [...walk(each)])) {
    const isName = node.type === 'identifier' && node.field !== 'attribute' && node.field !== 'name';
    const name = isName ? textOf(module.text, node) : null;
    if (
      name !== null &&
      !/^(range|trange|tqdm|enumerate|len|int)$/.test(name) &&
      !isBound(name, before, scope, analysis)
    ) {
      throw new EditRefused(`${UNKNOWN} where the optimizer is built: ${name} is not known there.`);
    }
  }
}

function isBound(name: string, before: SyntaxNode, scope: PythonFunction, { module }: PythonAnalysis): boolean {
  for (let at: PythonFunction | null = scope; at; at = at.parent) {
    const here = at;
    const assigned = module.assignments.filter(({ target, owner }) => target === name && owner === here);
    const early = assigned.some(
      ({ statement }) => here !== scope || (statement.end <= before.start && alwaysRuns(statement, before)),
    );
    const imported = module.imports.some((binding) => binding.name === name && binding.owner === here);
    if (early || imported || here.parameters.some((parameter) => parameter.name === name)) {
      return true;
    }
    if (assigned.length > 0) {
      return false;
    }
  }
  return false;
}

/** It stands in the block of the other statement or in one around it. */
function alwaysRuns(statement: SyntaxNode, before: SyntaxNode): boolean {
  return statement.parent !== null && contains(statement.parent, before);
}

/** The number of steps where the file has it as literals; null elsewhere. */
export function literalSteps({ found: { origin }, analysis }: LoopContext): number | null {
  try {
    const { text } =
      origin.kind === 'functional'
        ? stepsOfLoop(origin.functional, analysis)
        : stepsOfFit((origin as KerasOrigin).keras, analysis);
    const factors = text.split(' * ').map((part) => literalOf(part, analysis));
    return factors.reduce((all, value) => (all === null || value === null ? null : all * value));
  } catch (problem) {
    if (problem instanceof EditRefused) {
      return null;
    }
    throw problem;
  }
}

/** A number, or a name that is one and never anything else. */
function literalOf(code: string, { module }: PythonAnalysis): number | null {
  const number = Number(code.replaceAll('_', ''));
  const assigned = module.assignments.filter(({ target }) => target === code);
  return Number.isNaN(number) ? (assigned.length === 1 ? numberValue(module.text, assigned[0]?.value) : null) : number;
}
