import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart, numberValue, readCall, textOf, type Call } from '../../loops/python/expressions.js';
import type { Assignment, LocatedCall } from '../../loops/python/pythonModule.js';
import { walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/** A scheduler that the file builds for an optimizer. */
export interface BuiltScheduler {
  readonly assignment: Assignment;
  readonly call: Call;
}

/** Schedules that only ever multiply the current learning rate, so that a second factor can stand beside them. */
const CHAINABLE = new Set([
  'StepLR',
  'MultiStepLR',
  'ExponentialLR',
  'CosineAnnealingLR',
  'PolynomialLR',
  'ConstantLR',
  'MultiplicativeLR',
]);

/** Schedules that compute the rate from scratch at every step; warmup can only come before them. */
const SEQUENTIAL = new Set([
  'LambdaLR',
  'CosineAnnealingWarmRestarts',
  'get_constant_schedule',
  'get_linear_schedule_with_warmup',
  'get_cosine_schedule_with_warmup',
]);

export type WrapStyle = 'chained' | 'sequential' | 'plateau' | null;

export function wrapStyle({ call }: BuiltScheduler): WrapStyle {
  if (call.name === 'ReduceLROnPlateau') {
    return 'plateau';
  }
  if (CHAINABLE.has(call.name)) {
    return 'chained';
  }
  return SEQUENTIAL.has(call.name) ? 'sequential' : null;
}

/** Schedulers built for the optimizer of that name, wherever in the file. */
export function schedulersOf(optimizer: string, { module, units }: PythonAnalysis): readonly BuiltScheduler[] {
  return module.assignments.flatMap((assignment) => {
    const call = readCall(module.text, assignment.value);
    const isScheduler = call !== null && units.objects.kindOf(assignment.target) === 'scheduler';
    const names = call
      ? [...call.positional, ...call.keywords.values()].map((node) => dottedName(module.text, node))
      : [];
    const fits = names.some((name) => name !== null && lastPart(name) === lastPart(optimizer));
    return call && isScheduler && fits ? [{ assignment, call }] : [];
  });
}

/**
 * A scheduler that the file steps without showing which optimizer it was built for: two schedules of one optimizer would
 * undo one another. What takes two values and more is no schedule of the rate, but steps the noise of diffusion.
 */
export function schedulerOfUnknownOptimizer({ module, units }: PythonAnalysis): string | null {
  for (const { receiver, positional } of module.callsNamed('step')) {
    const name = receiver && dottedName(module.text, receiver);
    if (name && positional.length < 2 && units.objects.kindOf(name) === 'scheduler') {
      const built = units.objects.assignmentsLike(name).flatMap(({ value }) => readCall(module.text, value) ?? []);
      const given = built.flatMap((call) => [...call.positional, ...call.keywords.values()]);
      const optimizers = given.map((node) => dottedName(module.text, node));
      if (!optimizers.some((each) => each !== null && units.objects.kindOf(each) === 'optimizer')) {
        return name;
      }
    }
  }
  return null;
}

/** Words of code that tell of warmup: "warmup", "warm_up", "WarmUp", but not "WarmRestarts". */
const WARMUP = /warm_?up/i;

/** A place in the code (not in comments or strings of help) that names a warmup. */
export function warmupMention(root: SyntaxNode, text: string): SyntaxNode | null {
  for (const node of walk(root)) {
    if (node.type === 'identifier' && WARMUP.test(textOf(text, node))) {
      return node;
    }
  }
  return null;
}

const WARMUP_KEYWORDS = [
  'num_warmup_steps',
  'warmup_steps',
  'warmup_iters',
  'warmup_epochs',
  't_initial_warmup',
  'warmup_t',
];

/** Longest expression for the number of all steps that is written a second time. */
const LONGEST_TOTAL = 60;

/** Expressions that need parentheses as a factor. */
const COMPOUND = new Set(['binary_operator', 'conditional_expression', 'unary_operator', 'lambda']);

/** What a construction says of its own warmup. */
export type OwnWarmup =
  | { readonly kind: 'on' }
  /** Switched off by a literal zero; `total` is the number of all steps as the call has it, if it does. */
  | { readonly kind: 'zero'; readonly node: SyntaxNode; readonly total: string | null }
  | { readonly kind: 'none' };

export function ownWarmup({ call, assignment }: BuiltScheduler, { module }: PythonAnalysis): OwnWarmup {
  const keyword = WARMUP_KEYWORDS.map((name) => call.keywords.get(name)).find((node) => node !== undefined);
  const positional = /_with_warmup$/.test(call.name) ? call.positional[1] : undefined;
  const steps = keyword ?? positional;
  if (steps) {
    const total = call.keywords.get('num_training_steps') ?? (positional ? call.positional[2] : undefined);
    const written = total ? textOf(module.text, total) : '';
    const code = total && COMPOUND.has(total.type) ? `(${written})` : written;
    return numberValue(module.text, steps) === 0
      ? { kind: 'zero', node: steps, total: code !== '' && code.length <= LONGEST_TOTAL ? code : null }
      : { kind: 'on' };
  }
  const rises =
    call.name === 'OneCycleLR' ||
    call.name === 'CyclicLR' ||
    call.name === 'LinearLR' ||
    warmupMention(call.node, module.text) !== null ||
    WARMUP.test(assignment.target) ||
    lambdaWarmsUp(call, module.text, module);
  return rises ? { kind: 'on' } : { kind: 'none' };
}

/** `min(1.0, (step + 1) / 150)`, either way round: a factor that rises to one. */
const RISES_TO_ONE = /\bmin\(\s*(?:1(?:\.0*)?\s*,[^,-]*\/|[^,-]*\/[^,-]*,\s*1(?:\.0*)?\s*\))/;

/** `LambdaLR(optimizer, lr_lambda)` with a function or a lambda of this file that warms up. */
function lambdaWarmsUp(call: Call, text: string, { functions, assignments }: PythonAnalysis['module']): boolean {
  const given = [...call.positional, ...call.keywords.values()];
  const names = given.map((node) => textOf(text, node));
  const written = [...given, ...assignments.filter(({ target }) => names.includes(target)).map(({ value }) => value)];
  return (
    functions.some(
      ({ name, node }) =>
        names.includes(name) && (warmupMention(node, text) !== null || RISES_TO_ONE.test(textOf(text, node))),
    ) || written.some((node) => node.type === 'lambda' && RISES_TO_ONE.test(textOf(text, node)))
  );
}

/** `scheduler.step(…)` calls of the scheduler of that name. */
export function stepsOf(scheduler: string, { module }: PythonAnalysis): readonly LocatedCall[] {
  return module.calls.filter(({ name, receiver }) => {
    const target = name === 'step' && receiver ? dottedName(module.text, receiver) : null;
    return target !== null && lastPart(target) === lastPart(scheduler);
  });
}
