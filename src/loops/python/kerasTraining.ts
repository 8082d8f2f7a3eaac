import { groupBy } from '../../base/grouping.js';
import { enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import type { OptimizerPlace } from '../loopPlaces.js';
import { dottedName } from './expressions.js';
import type { ObjectTable } from './objects.js';
import { resolveOptimizers } from './optimizerPlaces.js';
import type { LocatedCall, PythonModule } from './pythonModule.js';
import { LOOP } from './loopStatements.js';

/** A model that Keras trains: `fit`, or a loop over `train_on_batch`, with the `compile` that belongs to it. */
export interface KerasTraining {
  /** The model as written ("model", "self.model"); null when it is an expression. */
  readonly model: string | null;
  /** The call that trains; null where the file only compiles. */
  readonly fit: LocatedCall | null;
  readonly compile: LocatedCall | null;
  readonly optimizers: readonly OptimizerPlace[];
  /** The loop around `train_on_batch`, else the call that trains or compiles. */
  readonly node: SyntaxNode;
}

const KERAS = new Set(['keras', 'tensorflow', 'tf_keras', 'keras_core', 'keras_nlp', 'keras_hub', 'keras_cv']);
const FITS = new Set(['fit', 'fit_generator', 'train_on_batch']);
/** Keywords that only a Keras model's `fit` takes: scikit-learn's estimators have none of them. */
const FIT_KEYWORDS = ['epochs', 'validation_data', 'callbacks', 'steps_per_epoch', 'validation_split', 'batch_size'];

export function usesKeras(module: PythonModule): boolean {
  return module.imports.some(({ path }) => KERAS.has(path.split('.')[0] as string));
}

export function findKerasTrainings(module: PythonModule, objects: ObjectTable): readonly KerasTraining[] {
  if (!usesKeras(module)) {
    return [];
  }
  const compiles = module.calls.filter((call) => isCompile(call, module));
  const fits = module.calls.filter((call) => isFit(call, compiles, module));
  const trained = together(fits.map((fit) => training(fit, compileOf(fit, compiles, module), module, objects)));
  const used = new Set(fits.map((fit) => compileOf(fit, compiles, module)));
  const onlyCompiled = compiles.filter((compile) => !used.has(compile) && !isOverridden(compile));
  return [...trained, ...onlyCompiled.map((compile) => training(null, compile, module, objects))];
}

function training(
  fit: LocatedCall | null,
  compile: LocatedCall | null,
  module: PythonModule,
  objects: ObjectTable,
): KerasTraining {
  const call = (fit ?? compile) as LocatedCall;
  const argument = compile && (compile.keywords.get('optimizer') ?? compile.positional[0]);
  const loop = fit?.name === 'train_on_batch' ? enclosing(fit.node, LOOP) : null;
  return {
    model: call.receiver && dottedName(module.text, call.receiver),
    fit,
    compile,
    optimizers: compile && argument ? resolveOptimizers(argument, compile.owner, module, objects) : [],
    node: loop ?? call.node,
  };
}

/** A generator and a discriminator that are trained in one loop are one training with the optimizers of both. */
function together(trainings: readonly KerasTraining[]): readonly KerasTraining[] {
  return [...groupBy(trainings, ({ node }) => node).values()].flatMap((same) => {
    const [first] = same;
    const optimizers = new Map(same.flatMap((one) => one.optimizers).map((place) => [place.node, place]));
    return first ? [{ ...first, optimizers: [...optimizers.values()] }] : [];
  });
}

/** `compile` of a model names an optimizer or a loss; `re.compile` and `torch.compile` don't. */
function isCompile(call: LocatedCall, module: PythonModule): boolean {
  if (call.name !== 'compile' || !call.receiver) {
    return false;
  }
  const names = ['optimizer', 'loss', 'metrics'].some((keyword) => call.keywords.has(keyword));
  const [first] = call.positional;
  const text = module.text.slice(call.receiver.start, call.receiver.end);
  const handsOver = first !== undefined && call.positional.length > 1 && !/^(re|regex|torch|jax)$/.test(text);
  return !text.startsWith('super(') && (names || handsOver);
}

function isFit(call: LocatedCall, compiles: readonly LocatedCall[], module: PythonModule): boolean {
  if (!FITS.has(call.name) || !call.receiver) {
    return false;
  }
  const name = dottedName(module.text, call.receiver);
  const isCompiled = compiles.some(({ receiver }) => receiver && dottedName(module.text, receiver) === name);
  return (name !== null && isCompiled) || FIT_KEYWORDS.some((keyword) => call.keywords.has(keyword));
}

/** The last `compile` of the same model before the call, in the same function first; else the only one of the file. */
function compileOf(fit: LocatedCall, compiles: readonly LocatedCall[], module: PythonModule): LocatedCall | null {
  const name = fit.receiver && dottedName(module.text, fit.receiver);
  const same = compiles.filter(({ receiver }) => receiver && dottedName(module.text, receiver) === name);
  const near = same.filter(({ owner, node }) => owner === fit.owner && node.start < fit.node.start);
  return near.at(-1) ?? same.filter(({ node }) => node.start < fit.node.start).at(-1) ?? same[0] ?? sole(compiles);
}

function sole(compiles: readonly LocatedCall[]): LocatedCall | null {
  return compiles.length === 1 ? (compiles[0] ?? null) : null;
}

/** `def compile(self, …): super().compile(…)` prepares a model, it does not train one. */
function isOverridden({ owner }: LocatedCall): boolean {
  return owner.name === 'compile';
}
