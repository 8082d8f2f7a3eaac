import type { OptimizerPlace } from '../loopPlaces.js';
import { walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { readCall, stringValue, type Call } from './expressions.js';
import { isOptimizerCall, isSchedulerCall } from './objects.js';
import type { PythonFunction, PythonModule } from './pythonModule.js';
import type { ObjectTable } from './objects.js';

/** Optimizers that functional libraries write as plain functions: optax, MLX, jax.example_libraries. */
const OPTIMIZER_FUNCTIONS = new Set(
  (
    'adam adamw adamax adamaxw amsgrad adabelief adadelta adafactor adagrad adan fromage lamb lars lbfgs lion muon nadam ' +
    'nadamw noisy_sgd novograd optimistic_gradient_descent optimistic_adam radam rmsprop rprop sgd sign_sgd signsgd sm3 ' +
    'yogi momentum nesterov dpsgd schedule_free_adamw schedule_free_sgd scale_by_adam scale_by_lion scale_by_rms ' +
    'polyak_sgd distributed_shampoo shampoo prodigy sam'
  ).split(' '),
);

/** Modules of which such functions may come. */
const FUNCTION_MODULES = /(^|\.)(optax|optim|optimizers|contrib|chex|transform|alias)$/;

const RATE_KEYWORDS = ['lr', 'learning_rate', 'learningRate', 'init_lr', 'step_size'];

/** What a call builds, in lower case, when it builds an optimizer: `optax.adamw(…)`, `keras.optimizers.Adam(…)`. */
export function optimizerClass(call: Call, module: PythonModule): string | null {
  if (OPTIMIZER_FUNCTIONS.has(call.name)) {
    const before = (call.callee ?? '').split('.').slice(0, -1).join('.');
    const root = before.split('.')[0] ?? '';
    const path = module.importNamed(root || call.name)?.path ?? before;
    const from = before === '' ? path.slice(0, -call.name.length - 1) : before.replace(root, path);
    return FUNCTION_MODULES.test(from) ? call.name.replace(/^scale_by_/, '') : null;
  }
  // `nnx.Optimizer(model, optax.adam(…))` and `LossScaleOptimizer(Adam())` only hold one.
  const isClass = /^[A-Z]/.test(call.name) && !/^(ModelAnd|LossScale)?Optimizer$/.test(call.name);
  return isClass && isOptimizerCall(call) && !isSchedulerCall(call) ? call.name.toLowerCase() : null;
}

/** The optimizers that are built at or below a node: `optax.chain(optax.clip(1), optax.adam(1e-3))` holds one. */
export function optimizersIn(
  node: SyntaxNode,
  variable: string | null,
  module: PythonModule,
): readonly OptimizerPlace[] {
  const places: OptimizerPlace[] = [];
  for (const part of walk(node)) {
    const call = part.type === 'call' ? readCall(module.text, part) : null;
    const className = call && optimizerClass(call, module);
    const isInside = places.some(({ node: outer }) => outer.start <= part.start && part.end <= outer.end);
    if (call && className !== null && !isInside) {
      places.push({ node: part, call, className, variable, learningRate: learningRateOf(call) });
    }
  }
  return places;
}

/** The value of the learning rate in a call that builds an optimizer. */
export function learningRateOf(call: Call): SyntaxNode | null {
  const keyword = RATE_KEYWORDS.map((name) => call.keywords.get(name)).find((node) => node !== undefined);
  // PyTorch's classes take the parameters first; Keras's and the functions of optax begin with the rate.
  const [first] = call.positional;
  const isNumber = first?.type === 'float' || first?.type === 'integer';
  const takesParameters = (call.positional.length > 1 && !isNumber) || /param/i.test(first?.type ?? '');
  return keyword ?? (takesParameters ? call.positional[1] : numberFirst(call)) ?? null;
}

function numberFirst({ positional }: Call): SyntaxNode | undefined {
  const [first] = positional;
  return first && ['integer', 'float', 'identifier', 'call', 'attribute', 'binary_operator'].includes(first.type)
    ? first
    : undefined;
}

/**
 * The optimizers that an expression stands for: a string, a construction, or a name that was assigned one in its own
 * scope or, under the same last name, anywhere in the file.
 */
export function resolveOptimizers(
  node: SyntaxNode,
  owner: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): readonly OptimizerPlace[] {
  const word = stringValue(module.text, node);
  if (word !== null) {
    return [{ node, call: null, className: word.toLowerCase(), variable: null, learningRate: null }];
  }
  const inside = [...optimizersIn(node, null, module), ...optimizersMadeBy(node, module)];
  if (inside.length > 0) {
    return inside;
  }
  const name = node.type === 'identifier' || node.type === 'attribute' ? module.text.slice(node.start, node.end) : null;
  return name === null ? [] : optimizersNamed(name, owner, module, objects);
}

/** The optimizers that a function of this file builds, where an expression calls it. */
function optimizersMadeBy(node: SyntaxNode, module: PythonModule): readonly OptimizerPlace[] {
  const callee = readCall(module.text, node)?.callee;
  const maker = module.functions.find(({ name, className }) => name !== '' && name === callee && className === null);
  return maker ? optimizersIn(maker.node, null, module) : [];
}

/** What {@link resolveOptimizers} finds for a name. Names of names are followed twice. */
export function optimizersNamed(
  name: string,
  owner: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
  depth = 0,
): readonly OptimizerPlace[] {
  const visible = objects.visibleAssignments(name, owner);
  const assigned = visible.length > 0 ? visible : objects.assignmentsLike(name);
  return assigned.flatMap(({ target, value, owner: scope }) => {
    const direct = [...optimizersIn(value, target, module), ...optimizersMadeBy(value, module)];
    if (direct.length > 0 || depth > 1) {
      return direct;
    }
    const word = stringValue(module.text, value);
    if (word !== null) {
      return [{ node: value, call: null, className: word.toLowerCase(), variable: target, learningRate: null }];
    }
    return value.type === 'identifier' && module.text.slice(value.start, value.end) !== name
      ? optimizersNamed(module.text.slice(value.start, value.end), scope, module, objects, depth + 1)
      : [];
  });
}
