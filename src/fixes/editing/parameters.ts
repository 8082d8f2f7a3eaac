import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart, readCall, textOf, wordsOf, type Call } from '../../loops/python/expressions.js';
import { construction, type Construction } from '../../loops/python/optimizers.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { quoteOf } from './editList.js';

/** How a place in the code can name the parameters that an optimizer moves. */
export interface ParameterExpression {
  readonly code: string;
  /** The model, where all parameters of one model are meant. */
  readonly model: string | null;
}

/** Longest expression that is written out a second time rather than read from the optimizer. */
const LONGEST_COPY = 100;

/**
 * An expression for the parameters of the optimizer that `step` steps, valid in `scope`. Null when neither the
 * construction nor the optimizer itself can give it with certainty.
 */
export function parametersFor(
  step: TrainingEvent,
  scope: PythonFunction,
  analysis: PythonAnalysis,
): ParameterExpression | null {
  if (step.target === null) {
    return null;
  }
  const built = construction(step.target, step.owner, 'optimizer', analysis.module, analysis.units.objects);
  const fromConstruction = built && builtFrom(built, scope, analysis);
  if (fromConstruction) {
    return fromConstruction;
  }
  const uncertain = built ? isForeign(built, analysis) : definesWrapper(analysis);
  return uncertain || holdsSeveral(step.target) ? null : fromGroups(step.target, analysis);
}

function fromGroups(optimizer: string, { module }: PythonAnalysis): ParameterExpression {
  const quote = quoteOf(module.text);
  return { code: `[p for group in ${optimizer}.param_groups for p in group[${quote}params${quote}]]`, model: null };
}

/** `self.optimizers.step()`: a container with a `step` of its own, which need not have parameter groups. */
function holdsSeveral(optimizer: string): boolean {
  return /^(?:optimi[sz]ers|optims|opts)$/.test(wordsOf(lastPart(optimizer)).at(-1) ?? '');
}

/** The file has a class around an optimizer with a `step` of its own, and what steps may be one of these. */
function definesWrapper({ module }: PythonAnalysis): boolean {
  return module.functions.some(
    ({ name, className }) =>
      name === 'step' &&
      className !== null &&
      module.functions.some(
        (candidate) =>
          candidate.className === className &&
          candidate.name === '__init__' &&
          candidate.parameters.some((parameter) => wordsOf(parameter.name).some((word) => word.startsWith('optim'))),
      ),
  );
}

/** A class of the user's own that is no torch optimizer need not have parameter groups. */
function isForeign({ className, all }: Construction, { module }: PythonAnalysis): boolean {
  if (className === null) {
    return false;
  }
  const own = module.classes.find((node) => {
    const name = childOf(node, 'name');
    return name !== undefined && textOf(module.text, name) === className;
  });
  const bases = own && childOf(own, 'superclasses');
  const wrapsOptimizer = all.some(({ value }) => {
    const [first] = readCall(module.text, value)?.positional ?? [];
    return first !== undefined && wordsOf(textOf(module.text, first)).some((word) => word.startsWith('optim'));
  });
  return wrapsOptimizer || (own !== undefined && !(bases && textOf(module.text, bases).includes('Optim')));
}

function builtFrom(built: Construction, scope: PythonFunction, analysis: PythonAnalysis): ParameterExpression | null {
  if (built.all.length !== 1 || built.assignment.index !== null) {
    return null;
  }
  const owner = built.assignment.owner;
  const expression = sourceOf(built.call, analysis);
  if (!expression) {
    return null;
  }
  const translated = translate(expression.names, owner, scope, analysis);
  if (!translated) {
    return null;
  }
  const rename = (code: string) => {
    const root = code.split('.')[0] as string;
    return code.startsWith('self.') ? code : (translated.get(root) ?? root) + code.slice(root.length);
  };
  if (expression.model !== null) {
    const model = rename(expression.model);
    return { code: `${model}.parameters()`, model };
  }
  const unchanged = [...translated].every(([from, to]) => from === to);
  return unchanged ? { code: expression.code, model: null } : null;
}

interface SourceExpression {
  readonly code: string;
  readonly model: string | null;
  /** Names that the expression reads, "self" included. */
  readonly names: readonly string[];
}

function sourceOf(call: Call, { module }: PythonAnalysis): SourceExpression | null {
  if (call.name === 'configure_optimizers' || call.name === 'configure_optimizer') {
    const model = call.receiver && dottedName(module.text, call.receiver);
    return model && model !== 'self' ? ofModel(model) : null;
  }
  const argument = call.keywords.get('params') ?? call.positional[0];
  return argument ? readParameters(argument, module.text) : null;
}

function ofModel(model: string): SourceExpression {
  return { code: `${model}.parameters()`, model, names: [model.split('.')[0] as string] };
}

function readParameters(node: SyntaxNode, text: string): SourceExpression | null {
  const call = readCall(text, node);
  if (call?.name === 'parameters' && call.positional.length === 0 && call.receiver) {
    const model = dottedName(text, call.receiver);
    return model ? ofModel(model) : null;
  }
  if (call?.callee === 'filter' && call.positional[1]) {
    // Parameters that don't require gradients have none to clip.
    return /requires_grad/.test(textOf(text, node)) ? readParameters(call.positional[1], text) : null;
  }
  if (node.type === 'generator_expression' || node.type === 'list_comprehension') {
    return readComprehension(node, text);
  }
  return isCopyable(node, text) ? copyOf(node, text) : null;
}

/** `[p for p in model.parameters() if p.requires_grad]`. */
function readComprehension(node: SyntaxNode, text: string): SourceExpression | null {
  const loops = node.children.filter(({ type }) => type === 'for_in_clause');
  const conditions = node.children.filter(({ type }) => type === 'if_clause');
  const source = loops[0] && childOf(loops[0], 'right');
  const plain = childOf(node, 'body')?.type === 'identifier' && loops.length === 1;
  const harmless = conditions.every((condition) => /^if\s+\w+\.requires_grad$/.test(textOf(text, condition)));
  return source && plain && harmless ? readParameters(source, text) : null;
}

const COPYABLE = new Set([
  'call',
  'attribute',
  'identifier',
  'argument_list',
  'binary_operator',
  'list',
  'list_splat',
  'parenthesized_expression',
]);
const COPYABLE_CALLS = new Set(['list', 'chain', 'parameters']);

/** `list(a.parameters()) + list(b.parameters())`, `chain(a.parameters(), b.parameters())` and the like. */
function isCopyable(node: SyntaxNode, text: string): boolean {
  const source = textOf(text, node);
  const parts = [...walk(node)];
  const calls = parts.flatMap((part) => readCall(text, part) ?? []);
  return (
    source.length <= LONGEST_COPY &&
    !source.includes('\n') &&
    parts.every(({ type }) => COPYABLE.has(type)) &&
    calls.length > 0 &&
    calls.every(({ name }) => COPYABLE_CALLS.has(name)) &&
    calls.some(({ name }) => name === 'parameters')
  );
}

function copyOf(node: SyntaxNode, text: string): SourceExpression {
  const names = [...walk(node)]
    .filter(({ type, field }) => type === 'identifier' && field !== 'attribute')
    .map((part) => textOf(text, part))
    .filter((name) => name !== 'list');
  return { code: textOf(text, node), model: null, names };
}

/** What names of the scope `from` are called in the scope `to`; null when one of them can't be reached there. */
function translate(
  names: readonly string[],
  from: PythonFunction,
  to: PythonFunction,
  analysis: PythonAnalysis,
): ReadonlyMap<string, string> | null {
  const translated = new Map<string, string>();
  for (const name of names) {
    const there = nameIn(name, from, to, analysis);
    if (there === null) {
      return null;
    }
    translated.set(name, there);
  }
  return translated;
}

function nameIn(name: string, from: PythonFunction, to: PythonFunction, analysis: PythonAnalysis): string | null {
  if (name === 'self') {
    return classOf(from) !== null && classOf(from) === classOf(to) ? 'self' : null;
  }
  if (sees(to, from, name, analysis)) {
    return name;
  }
  const attribute = analysis.module.assignments.find(
    ({ target, value, owner }) =>
      owner === from && target.startsWith('self.') && textOf(analysis.module.text, value) === name,
  );
  if (attribute && classOf(from) !== null && classOf(from) === classOf(to)) {
    return attribute.target;
  }
  return passedAs(name, from, to, analysis);
}

function classOf(scope: PythonFunction): string | null {
  for (let at: PythonFunction | null = scope; at; at = at.parent) {
    if (at.className !== null) {
      return at.className;
    }
  }
  return null;
}

/** A name of the outer scope that no scope in between binds anew. */
function sees(inner: PythonFunction, outer: PythonFunction, name: string, { module }: PythonAnalysis): boolean {
  for (let at: PythonFunction | null = inner; at; at = at.parent) {
    if (at === outer) {
      return true;
    }
    const scope = at;
    const rebinds =
      scope.parameters.some((parameter) => parameter.name === name) ||
      module.assignments.some(({ target, owner }) => target === name && owner === scope);
    if (rebinds) {
      return false;
    }
  }
  return false;
}

/** The parameter under which every call in this file hands the name on. */
function passedAs(name: string, from: PythonFunction, to: PythonFunction, analysis: PythonAnalysis): string | null {
  const calls = analysis.units.callsOf(to);
  const received = new Set(calls.map((call) => (call.owner === from ? receivedAs(name, call, to, analysis) : null)));
  const [only] = received;
  return received.size === 1 ? (only ?? null) : null;
}

function receivedAs(name: string, call: LocatedCall, to: PythonFunction, { module }: PythonAnalysis): string | null {
  if (call.spread) {
    return null;
  }
  for (const [keyword, value] of call.keywords) {
    if (textOf(module.text, value) === name) {
      return keyword;
    }
  }
  const parameters = to.className === null ? to.parameters : to.parameters.slice(1);
  const index = call.positional.findIndex((argument) => textOf(module.text, argument) === name);
  const parameter = parameters[index];
  const plain = parameters.slice(0, index + 1).every(({ node }) => !node.type.includes('splat'));
  return parameter && plain ? parameter.name : null;
}
