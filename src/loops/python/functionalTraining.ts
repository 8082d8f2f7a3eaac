import { groupBy } from '../../base/grouping.js';
import { childOf, contains, enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import type { GradientPlace, OptimizerPlace, StepPlace } from '../loopPlaces.js';
import { dottedName, lastPart, readCall, textOf, wordsOf, type Call } from './expressions.js';
import { FunctionTable } from './functionTable.js';
import type { ObjectTable } from './objects.js';
import { optimizersIn, optimizersNamed, resolveOptimizers } from './optimizerPlaces.js';
import { statementOf, type LocatedCall, type PythonFunction, type PythonModule } from './pythonModule.js';
import { LOOP } from './loopStatements.js';

/** Whose words are used: decides what may be inserted between gradients and step. */
export type FunctionalStyle = 'optax' | 'flax-state' | 'nnx' | 'equinox' | 'example-optimizers' | 'tape' | 'mlx';

/** A training step whose gradients are a value: computed by a call, handed to the optimizer by another. */
export interface FunctionalTraining {
  readonly style: FunctionalStyle;
  /** The function that steps; the module itself for scripts. */
  readonly owner: PythonFunction;
  /** The loop that holds the step, or from which its function is called; else the function. */
  readonly loop: SyntaxNode;
  readonly gradients: GradientPlace | null;
  readonly step: StepPlace;
  readonly stepCall: LocatedCall;
  /** `updates, state = optimizer.update(grads, state, params)` before `apply_updates`; null where one call does both. */
  readonly update: LocatedCall | null;
  readonly optimizers: readonly OptimizerPlace[];
}

const JAX = new Set(['jax', 'optax', 'flax', 'equinox', 'haiku', 'trax']);
const TENSORFLOW = new Set(['tensorflow', 'keras', 'tf_keras', 'keras_core', 'sonnet', 'tensorflow_probability']);

/** Functions that turn a loss into one that also gives its gradients. */
const GRADIENT_MAKERS = new Set([
  'grad',
  'value_and_grad',
  'filter_grad',
  'filter_value_and_grad',
  'jacfwd',
  'jacrev',
  'vjp',
]);

/** Loops that JAX runs inside one call. */
const LOOP_CALLS = new Set(['scan', 'fori_loop', 'while_loop']);

interface Families {
  readonly jax: boolean;
  readonly tensorflow: boolean;
  readonly mlx: boolean;
  readonly nnx: boolean;
}

/** Finds training steps of JAX, of TensorFlow's tapes and of MLX. */
export class FunctionalFinder {
  private readonly module: PythonModule;
  private readonly objects: ObjectTable;
  private readonly functions: FunctionTable;
  private readonly families: Families;

  constructor(module: PythonModule, objects: ObjectTable) {
    this.module = module;
    this.objects = objects;
    this.functions = new FunctionTable(module);
    const roots = new Set(module.imports.map(({ path }) => path.split('.')[0] as string));
    const has = (names: ReadonlySet<string>) => [...roots].some((root) => names.has(root));
    this.families = {
      jax: has(JAX),
      tensorflow: has(TENSORFLOW),
      mlx: roots.has('mlx'),
      nnx: module.imports.some(({ path, name }) => path.includes('nnx') || name === 'nnx'),
    };
  }

  find(): readonly FunctionalTraining[] {
    const { jax, tensorflow, mlx } = this.families;
    if (!jax && !tensorflow && !mlx) {
      return [];
    }
    const steps = this.module.calls.flatMap((call) => {
      const style = this.styleOf(call);
      return style ? [{ call, style }] : [];
    });
    // A generator and a discriminator step in one function: one training with the optimizers of both.
    return [...groupBy(steps, ({ call }) => call.owner).values()].flatMap((together) => {
      const [first, ...others] = together.map(({ call, style }) => this.describe(call, style));
      const optimizers = new Map(
        [first, ...others].flatMap((one) => one?.optimizers ?? []).map((place) => [place.node, place]),
      );
      return first ? [{ ...first, optimizers: [...optimizers.values()] }] : [];
    });
  }

  private styleOf(call: LocatedCall): FunctionalStyle | null {
    const { jax, tensorflow, mlx, nnx } = this.families;
    switch (call.name) {
      case 'apply_updates':
        return jax ? this.styleOfUpdates(call) : null;
      case 'apply_gradients':
        // A class that defines it hands it on; only a call from outside trains.
        return call.owner.name === 'apply_gradients'
          ? null
          : jax && call.keywords.size > 0
            ? 'flax-state'
            : mlx && this.isOptimizer(call.receiver)
              ? 'mlx'
              : this.tape();
      case 'apply':
      case 'stateless_apply':
      case 'minimize':
        return tensorflow && this.isOptimizer(call.receiver) && call.positional.length + call.keywords.size > 0
          ? 'tape'
          : null;
      case 'update':
        return (nnx || mlx) && this.isOptimizer(call.receiver) && this.isStatement(call) ? (nnx ? 'nnx' : 'mlx') : null;
      default:
        return jax && this.isExampleUpdate(call) ? 'example-optimizers' : null;
    }
  }

  /** `optax.apply_updates` and `eqx.apply_updates`; a training state that wraps it is no training step. */
  private styleOfUpdates(call: LocatedCall): FunctionalStyle | null {
    const [root = ''] = (call.callee ?? '').split('.');
    const path = this.module.importNamed(root)?.path ?? '';
    const isWrapper = call.owner.className !== null && /^(apply_gradients|update|apply)$/.test(call.owner.name);
    const library = path.split('.')[0];
    return isWrapper ? null : library === 'optax' ? 'optax' : library === 'equinox' ? 'equinox' : null;
  }

  private tape(): FunctionalStyle | null {
    return this.families.tensorflow ? 'tape' : this.families.jax ? 'flax-state' : null;
  }

  private isOptimizer(receiver: SyntaxNode | null): boolean {
    const name = receiver && dottedName(this.module.text, receiver);
    if (name) {
      return this.objects.kindOf(name) === 'optimizer';
    }
    return receiver !== null && optimizersIn(receiver, null, this.module).length > 0;
  }

  /** The result is thrown away: the call changes its objects in place. */
  private isStatement({ node }: Call): boolean {
    return node.parent?.type === 'expression_statement';
  }

  /** `opt_init, opt_update, get_params = optimizers.adam(…)`: `opt_update(i, grads, state)` is the step. */
  private isExampleUpdate(call: LocatedCall): boolean {
    return (
      call.receiver === null &&
      this.module.assignments.some(({ target, value, index }) => {
        const built = target === call.name && index === 1 ? readCall(this.module.text, value) : null;
        return built !== null && optimizersIn(built.node, null, this.module).length > 0;
      })
    );
  }

  private describe(call: LocatedCall, style: FunctionalStyle): FunctionalTraining {
    const update = style === 'optax' || style === 'equinox' ? this.updateBefore(call) : null;
    const handed = handedGradients(update ?? call, style);
    return {
      style,
      owner: call.owner,
      loop: this.loopAround(call),
      gradients: this.gradientsFor(handed, call),
      step: { node: call.node, statement: statementOf(call.node), gradients: handed },
      stepCall: call,
      update,
      optimizers: this.optimizersOf(update ?? call),
    };
  }

  private updateBefore(step: LocatedCall): LocatedCall | null {
    const updates = this.module.calls.filter(
      ({ name, owner, node }) => name === 'update' && owner === step.owner && node.start < step.node.start,
    );
    return updates.at(-1) ?? null;
  }

  private optimizersOf({ receiver, owner }: LocatedCall): readonly OptimizerPlace[] {
    const name = receiver && dottedName(this.module.text, receiver);
    const direct = receiver ? optimizersIn(receiver, null, this.module) : [];
    const named = direct.length > 0 || !name ? direct : optimizersNamed(name, owner, this.module, this.objects);
    if (named.length > 0) {
      return named;
    }
    // Mostly built in one function and handed to another: what the whole file builds or names in `compile`.
    const built = this.module.assignments.flatMap(({ target, value }) =>
      value.type === 'call' ? optimizersIn(value, target, this.module) : [],
    );
    const elsewhere = built.length > 0 ? built : this.compiledOptimizers();
    return elsewhere.length > 0 ? elsewhere : optimizersIn(this.module.root, null, this.module);
  }

  private compiledOptimizers(): readonly OptimizerPlace[] {
    return this.module.callsNamed('compile').flatMap(({ keywords, owner }) => {
      const optimizer = keywords.get('optimizer');
      return optimizer ? resolveOptimizers(optimizer, owner, this.module, this.objects) : [];
    });
  }

  private gradientsFor(handed: SyntaxNode | null, step: LocatedCall): GradientPlace | null {
    const names = handed ? this.namesIn(handed) : [];
    const assigned = this.module.assignments.filter(
      ({ target, owner, statement }) =>
        names.includes(target) && owner === step.owner && statement.start < step.node.start,
    );
    // Gradients may be clipped or averaged into the same name: the first assignment computes them.
    const made = assigned.find(({ value }) => this.computesGradients(value, step.owner)) ?? assigned[0];
    const direct = this.module.calls.find(
      ({ node, owner }) => owner === step.owner && node.start < step.node.end && this.computesGradients(node, owner),
    );
    if (made) {
      return { node: made.value, statement: made.statement, variable: made.target };
    }
    return direct ? { node: direct.node, statement: statementOf(direct.node), variable: null } : null;
  }

  private namesIn(node: SyntaxNode): readonly string[] {
    const own = dottedName(this.module.text, node);
    const call = readCall(this.module.text, node);
    // `zip(gradients, variables)`: the first argument.
    const inner = call?.positional[0];
    return own !== null ? [own] : inner ? this.namesIn(inner) : [];
  }

  private computesGradients(node: SyntaxNode, scope: PythonFunction): boolean {
    const call = readCall(this.module.text, node);
    if (!call) {
      return false;
    }
    if (call.name === 'gradient' || call.name === 'compute_gradients' || call.name === 'get_gradients') {
      return true;
    }
    const inner = childOf(node, 'function');
    const immediate = inner && readCall(this.module.text, inner);
    return (
      (immediate !== null && immediate !== undefined && GRADIENT_MAKERS.has(immediate.name)) ||
      (call.callee !== null && this.isGradientFunction(call.callee, scope))
    );
  }

  /** A name that was assigned `jax.value_and_grad(loss)`, or a function decorated with it. */
  private isGradientFunction(name: string, scope: PythonFunction): boolean {
    const assigned = this.objects.visibleAssignments(name, scope).some(({ value }) => this.makesGradients(value));
    const target = assigned ? null : this.functions.named(name, scope);
    const decorated = target?.node.parent?.type === 'decorated_definition' ? target.node.parent.children : [];
    return (
      assigned ||
      decorated.some(
        (child) =>
          child.type === 'decorator' &&
          wordsOf(textOf(this.module.text, child)).some((word) => word === 'grad' || word === 'gradients'),
      ) ||
      /(^|_)(value_and_)?grads?(_fn|_func)?$/.test(lastPart(name))
    );
  }

  private makesGradients(value: SyntaxNode): boolean {
    const call = readCall(this.module.text, value);
    return (
      call !== null &&
      (GRADIENT_MAKERS.has(call.name) || call.positional.some((argument) => this.makesGradients(argument)))
    );
  }

  /** The loop of this file that holds the step, or that calls its function, directly or through others. */
  private loopAround(step: LocatedCall): SyntaxNode {
    const own = enclosing(step.node, LOOP);
    if (own && contains(step.owner.node, own)) {
      return own;
    }
    const seen = new Set([step.owner]);
    for (const callee of seen) {
      for (const call of this.module.calls) {
        if (!this.functions.runBy(call).includes(callee)) {
          continue;
        }
        const loop = LOOP_CALLS.has(call.name) ? call.node : enclosing(call.node, LOOP);
        if (loop && contains(call.owner.node, loop)) {
          return loop;
        }
        seen.add(call.owner);
      }
    }
    return step.owner.node.type === 'module' ? statementOf(step.node) : step.owner.node;
  }
}

/** The argument by which gradients reach the call. */
function handedGradients(call: Call, style: FunctionalStyle): SyntaxNode | null {
  const keyword = call.keywords.get('grads') ?? call.keywords.get('grads_and_vars') ?? call.keywords.get('gradients');
  if (keyword || call.name === 'minimize') {
    return keyword ?? null;
  }
  const { positional } = call;
  if (call.name === 'apply_gradients') {
    return positional[0] ?? null;
  }
  switch (style) {
    case 'example-optimizers':
      return positional[1] ?? null;
    case 'nnx':
    case 'mlx':
      // `update(model, grads)`, and `update(grads)` before flax 0.11.
      return positional.at(positional.length > 1 ? 1 : 0) ?? null;
    default:
      return call.name === 'stateless_apply' ? (positional[1] ?? null) : (positional[0] ?? null);
  }
}
