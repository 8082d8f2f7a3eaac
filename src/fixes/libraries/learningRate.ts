import { dottedName, numberValue, readCall, textOf } from '../../loops/python/expressions.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { numberSource } from '../editing/numberSource.js';

/** What an optimizer of Keras or optax is given as its learning rate. */
export type GivenRate =
  | { readonly kind: 'default' }
  /** A number, whatever expression it is worked out by. */
  | { readonly kind: 'number'; readonly node: SyntaxNode }
  | { readonly kind: 'schedule'; readonly call: LocatedCall }
  | { readonly kind: 'unknown' };

const SCHEDULES = /(_schedule|_decay|_schedules|Decay|Schedule|Restarts|WarmUp|Warmup)$/;

/** Names of names are followed this far. */
const LONGEST_CHAIN = 3;

export function givenRate(
  node: SyntaxNode | undefined,
  scope: PythonFunction,
  analysis: PythonAnalysis,
  depth = 0,
): GivenRate {
  const { module, units } = analysis;
  if (!node) {
    return { kind: 'default' };
  }
  const read = readCall(module.text, node);
  const call = read && module.calls.find((candidate) => candidate.node === read.node);
  if (call) {
    const isNumber = ['float', 'min', 'max', 'sqrt'].includes(call.callee ?? '');
    return SCHEDULES.test(call.name)
      ? { kind: 'schedule', call }
      : isNumber
        ? { kind: 'number', node }
        : { kind: 'unknown' };
  }
  if (numberSource(node, scope, analysis) || numberValue(module.text, node) !== null) {
    return { kind: 'number', node };
  }
  if (node.type === 'binary_operator' || node.type === 'parenthesized_expression') {
    return isArithmetic(node) ? { kind: 'number', node } : { kind: 'unknown' };
  }
  const name = dottedName(module.text, node);
  const assigned = name === null ? [] : units.objects.visibleAssignments(name, scope);
  const [only] = assigned;
  if (only && assigned.length === 1 && only.index === null && depth < LONGEST_CHAIN) {
    const behind = givenRate(only.value, only.owner, analysis, depth + 1);
    return behind.kind === 'number' ? { kind: 'number', node } : behind;
  }
  // `args.lr` and `config["lr"]`: settings are numbers.
  const isSetting = assigned.length === 0 && (node.type === 'attribute' || node.type === 'subscript');
  return (isSetting && !/sched/i.test(textOf(module.text, node))) || isNumericParameter(name, scope)
    ? { kind: 'number', node }
    : { kind: 'unknown' };
}

function isArithmetic(node: SyntaxNode): boolean {
  return node.children.every(
    (child) =>
      ['integer', 'float', 'identifier', 'attribute', 'subscript', 'unary_operator'].includes(child.type) ||
      (['binary_operator', 'parenthesized_expression'].includes(child.type) && isArithmetic(child)),
  );
}

/** `def build(lr: float)`, `def build(lr=1e-3)`. */
function isNumericParameter(name: string | null, scope: PythonFunction): boolean {
  const parameter = scope.parameters.find((candidate) => candidate.name === name);
  const value = parameter && childOf(parameter.node, 'value');
  const type = parameter && childOf(parameter.node, 'type');
  return value?.type === 'float' || value?.type === 'integer' || (type !== undefined && type.end - type.start === 5);
}

/** Where schedules keep the largest rate, by their last name [code optax/schedules, 0.2; keras/src/optimizers/schedules, 3.15]. */
const PEAKS: readonly (readonly [RegExp, string, number])[] = [
  [/^warmup_\w+_schedule$/, 'peak_value', 1],
  [/_onecycle_schedule$/, 'peak_value', 1],
  [/^(cosine_decay|linear|polynomial|exponential_decay|piecewise_constant|piecewise_interpolate)\w*$/, 'init_value', 0],
  [/^exponential_decay$/, 'init_value', 0],
  [/^constant_schedule$/, 'value', 0],
  [/^[A-Z]\w*(Decay|Restarts)$/, 'initial_learning_rate', 0],
];

/** The node of the largest rate of a schedule; null where that is not known. */
export function peakOf(call: LocatedCall, { module }: PythonAnalysis): SyntaxNode | null {
  const found = PEAKS.find(([name]) => name.test(call.name));
  if (!found || call.spread) {
    return null;
  }
  const target = call.keywords.get('warmup_target');
  const first = call.keywords.get(found[1]) ?? call.positional[found[2]];
  const end =
    call.keywords.get('end_value') ??
    call.keywords.get('end_learning_rate') ??
    call.positional[call.name === 'linear_schedule' ? 1 : 2];
  // What begins at zero rises to its end.
  const rises = numberValue(module.text, first) === 0;
  return target ?? (rises ? end : first) ?? null;
}

/** A schedule that begins with a rise. */
export function warmsUp(call: LocatedCall, { module }: PythonAnalysis): boolean {
  const first = call.keywords.get('init_value') ?? call.keywords.get('initial_learning_rate') ?? call.positional[0];
  const inside = call.positional.some((node) =>
    /warm_?up|linear_schedule\(\s*(init_value=)?0/i.test(textOf(module.text, node)),
  );
  return (
    /warm_?up|onecycle/i.test(call.name) ||
    call.keywords.has('warmup_target') ||
    inside ||
    (/^(linear_schedule|PolynomialDecay|polynomial_schedule)$/.test(call.name) && numberValue(module.text, first) === 0)
  );
}
