import type { Call, GradientPlace, OptimizerPlace, StepPlace } from '../loopPlaces.js';
import { contains, enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import {
  javaScriptStatementOf,
  javaScriptString,
  memberName,
  readJavaScriptCall,
  type JavaScriptCall,
  type JavaScriptFunction,
  type JavaScriptModule,
} from './javaScriptModule.js';

/** How TensorFlow.js is told to train. */
export type TfjsStyle = 'fit' | 'minimize' | 'gradients';

/** A place where a file trains with TensorFlow.js. */
export interface TfjsTraining {
  readonly style: TfjsStyle;
  readonly owner: JavaScriptFunction;
  /** The loop around the step or around the call of its function; for `fit` the call. */
  readonly loop: SyntaxNode;
  /** `fit`, `fitDataset`, `trainOnBatch`, `minimize` or `applyGradients`. */
  readonly call: JavaScriptCall;
  readonly compile: JavaScriptCall | null;
  readonly gradients: GradientPlace | null;
  readonly step: StepPlace | null;
  readonly optimizers: readonly OptimizerPlace[];
}

const LOOP = new Set(['for_statement', 'for_in_statement', 'while_statement', 'do_statement']);
const STYLES: Readonly<Record<string, TfjsStyle>> = {
  fit: 'fit',
  fitDataset: 'fit',
  trainOnBatch: 'fit',
  minimize: 'minimize',
  applyGradients: 'gradients',
};
const GRADIENT_CALLS = new Set(['variableGrads', 'computeGradients', 'grads', 'grad', 'valueAndGrads', 'valueAndGrad']);

/** `tf.train.adam(…)`, `new tf.AdamOptimizer(…)`. */
const OPTIMIZER_CALL = /(^|\.)train\.(sgd|momentum|adagrad|adadelta|adam|adamax|rmsprop)$/;
const OPTIMIZER_CLASS = /(^|\.)(SGD|Momentum|Adagrad|Adadelta|Adam|Adamax|RMSProp)Optimizer$/;

export function usesTensorFlow(module: JavaScriptModule): boolean {
  return (
    module.imports.some(({ from }) => from.includes('tensorflow') || from.includes('tfjs')) ||
    // Loaded by a script tag, the library is the global `tf`.
    module.calls.some(({ callee }) => callee !== null && /^(window\.)?tf\.[a-z]/.test(callee))
  );
}

/** Training with TensorFlow.js, in source order; one for each loop. */
export function findTfjsTrainings(module: JavaScriptModule): readonly TfjsTraining[] {
  if (!usesTensorFlow(module)) {
    return [];
  }
  const compiles = module.calls.filter(
    ({ name, receiver, keywords }) =>
      name === 'compile' && receiver !== null && (keywords.has('optimizer') || keywords.has('loss')),
  );
  const loops = new Set<SyntaxNode>();
  return module.calls.flatMap((call): TfjsTraining[] => {
    const style = styleOf(call, module);
    const training = style && describe(call, style, compiles, module);
    // A generator and a discriminator step in one loop; the first stands for both.
    if (!training || loops.has(training.loop)) {
      return [];
    }
    loops.add(training.loop);
    return [training];
  });
}

function styleOf(call: JavaScriptCall, module: JavaScriptModule): TfjsStyle | null {
  const style = Object.hasOwn(STYLES, call.name) ? (STYLES[call.name] as TfjsStyle) : null;
  if (!style || !call.receiver) {
    return null;
  }
  // Scalers, vectorisers and layouts have a `fit` of their own, with nothing or one thing to fit.
  const isFit = style !== 'fit' || call.positional.length > 1;
  return isFit && !(style === 'minimize' && isFunctionless(call, module)) ? style : null;
}

/** `window.minimize()` takes no loss. */
function isFunctionless({ positional }: JavaScriptCall, module: JavaScriptModule): boolean {
  const [first] = positional;
  return !first || memberName(module.text, first) === 'this' || ['number', 'string'].includes(first.type);
}

function describe(
  call: JavaScriptCall,
  style: TfjsStyle,
  compiles: readonly JavaScriptCall[],
  module: JavaScriptModule,
): TfjsTraining {
  const compile = style === 'fit' ? compileOf(call, compiles, module) : null;
  const isWholeLoop = call.name === 'fit' || call.name === 'fitDataset';
  const statement = javaScriptStatementOf(call.node);
  const handed = style === 'gradients' ? (call.positional[0] ?? null) : null;
  return {
    style,
    owner: call.owner,
    loop: isWholeLoop ? call.node : loopAround(call, module),
    call,
    compile,
    gradients: style === 'gradients' ? gradientsFor(call, module) : null,
    step: style === 'fit' ? null : { node: call.node, statement, gradients: handed },
    optimizers: optimizersOf(call, compile, module),
  };
}

function compileOf(
  fit: JavaScriptCall,
  compiles: readonly JavaScriptCall[],
  { text }: JavaScriptModule,
): JavaScriptCall | null {
  const name = fit.receiver && memberName(text, fit.receiver);
  const same = compiles.filter(({ receiver }) => receiver && memberName(text, receiver) === name);
  const near = same.filter(({ owner, node }) => owner === fit.owner && node.start < fit.node.start);
  return near.at(-1) ?? same[0] ?? (compiles.length === 1 ? (compiles[0] ?? null) : null);
}

function gradientsFor(step: JavaScriptCall, module: JavaScriptModule): GradientPlace | null {
  const [handed] = step.positional;
  const name = handed ? (memberName(module.text, handed)?.split('.')[0] ?? null) : null;
  const assigned = module.assignments.find(
    ({ target, owner, value }) => target === name && owner === step.owner && computesGradients(value, module),
  );
  if (assigned) {
    return { node: assigned.value, statement: assigned.statement, variable: assigned.target };
  }
  const direct = module.calls.find(({ name: callee, owner }) => GRADIENT_CALLS.has(callee) && owner === step.owner);
  return direct ? { node: direct.node, statement: javaScriptStatementOf(direct.node), variable: null } : null;
}

function computesGradients(value: SyntaxNode, { text }: JavaScriptModule): boolean {
  const awaited = value.type === 'await_expression' ? (value.children[0] ?? value) : value;
  const call = readJavaScriptCall(text, awaited);
  return call !== null && GRADIENT_CALLS.has(call.name);
}

function optimizersOf(
  call: JavaScriptCall,
  compile: JavaScriptCall | null,
  module: JavaScriptModule,
): readonly OptimizerPlace[] {
  const source = compile ? (compile.keywords.get('optimizer') ?? null) : call.receiver;
  if (!source || (call.name !== 'minimize' && call.name !== 'applyGradients' && !compile)) {
    return [];
  }
  const word = javaScriptString(module.text, source);
  if (word !== null) {
    return [{ node: source, call: null, className: word.toLowerCase(), variable: null, learningRate: null }];
  }
  const direct = optimizerAt(source, null, module);
  return direct ? [direct] : optimizersNamed(memberName(module.text, source), module);
}

function optimizersNamed(name: string | null, module: JavaScriptModule): readonly OptimizerPlace[] {
  const last = name?.split('.').at(-1);
  const assigned = module.assignments.filter(({ target }) => target === last || target.endsWith(`.${last}`));
  return assigned.flatMap(({ target, value }) => {
    const word = javaScriptString(module.text, value);
    return word === null
      ? (optimizerAt(value, target, module) ?? [])
      : [{ node: value, call: null, className: word.toLowerCase(), variable: target, learningRate: null }];
  });
}

/** `tf.train.adam(0.01) as tf.AdamOptimizer` and the like. */
const WRAPPED = new Set(['as_expression', 'satisfies_expression', 'non_null_expression', 'parenthesized_expression']);

/** The optimizer that an expression builds. */
export function optimizerAt(
  node: SyntaxNode,
  variable: string | null,
  module: JavaScriptModule,
): OptimizerPlace | null {
  const [inner] = node.children;
  if (WRAPPED.has(node.type) && inner) {
    return optimizerAt(inner, variable, module);
  }
  const call = readJavaScriptCall(module.text, node);
  const className = call && optimizerClass(call);
  if (call && className) {
    return { node, call, className, variable, learningRate: call.positional[0] ?? null };
  }
  // `clipped(tf.train.adam(0.01), 1)`: a function that hands back what it is given.
  const [handed] = call?.positional ?? [];
  return handed && handed.type !== 'arrow_function' ? optimizerAt(handed, variable, module) : null;
}

function optimizerClass({ callee, name }: Call): string | null {
  const written = OPTIMIZER_CALL.test(callee ?? '') || /^(sgd|adam|adamax|rmsprop|adagrad|adadelta)$/.test(name);
  const constructed = OPTIMIZER_CLASS.exec(callee ?? '');
  return written ? name : (constructed?.[2]?.toLowerCase() ?? null);
}

/** The loop that holds the step, or that calls its function, directly or through others; else the function. */
function loopAround(step: JavaScriptCall, module: JavaScriptModule): SyntaxNode {
  const seen = new Set<JavaScriptFunction>();
  const pending: { node: SyntaxNode; owner: JavaScriptFunction }[] = [step];
  for (let next = pending.shift(); next; next = pending.shift()) {
    const loop = enclosing(next.node, LOOP);
    if (loop && contains(next.owner.node, loop)) {
      return loop;
    }
    const { owner } = next;
    if (seen.has(owner) || owner.parent === null) {
      continue;
    }
    seen.add(owner);
    // A nameless function runs where it is handed over.
    pending.push(...(owner.name === '' ? [{ node: owner.node, owner: owner.parent }] : callsOf(owner, module)));
  }
  const { owner } = step;
  return owner.parent === null ? javaScriptStatementOf(step.node) : owner.node;
}

function callsOf(target: JavaScriptFunction, module: JavaScriptModule): readonly JavaScriptCall[] {
  const { text } = module;
  const isHanded = (node: SyntaxNode) =>
    (node.type === 'identifier' || node.type === 'member_expression') && memberName(text, node) === target.name;
  return module.calls.filter(({ name, positional }) => name === target.name || positional.some(isHanded));
}
