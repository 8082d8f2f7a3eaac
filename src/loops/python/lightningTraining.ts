import { childOf, contains, type SyntaxNode } from '../syntax/syntaxNode.js';
import type { OptimizerPlace } from '../loopPlaces.js';
import { dottedName, textOf, type Call } from './expressions.js';
import { isSchedulerCall } from './objects.js';
import { optimizersIn } from './optimizerPlaces.js';
import type { LocatedCall, PythonFunction, PythonModule } from './pythonModule.js';

/** A LightningModule whose loop is the library's, or the `Trainer(…)` that runs one from another file. */
export interface LightningTraining {
  /** The class; null where only the trainer stands in the file. */
  readonly classNode: SyntaxNode | null;
  readonly className: string | null;
  readonly trainingStep: PythonFunction | null;
  readonly configureOptimizers: PythonFunction | null;
  /** Other hooks of the class by name: "on_before_optimizer_step", "configure_gradient_clipping". */
  readonly methods: ReadonlyMap<string, PythonFunction>;
  readonly optimizers: readonly OptimizerPlace[];
  readonly schedulers: readonly Call[];
  /** Every `Trainer(…)` of the file: any of them may run the module. */
  readonly trainers: readonly LocatedCall[];
}

const LIGHTNING = new Set(['lightning', 'pytorch_lightning', 'pl', 'L']);

/** Whether the file imports Lightning at all. */
export function usesLightning(module: PythonModule): boolean {
  return module.imports.some(({ path }) => LIGHTNING.has(path.split('.')[0] as string));
}

export function findLightningTrainings(module: PythonModule): readonly LightningTraining[] {
  const trainers = ['Trainer', 'LightningCLI']
    .flatMap((name) => module.callsNamed(name))
    .filter((call) => isTrainer(call, module));
  const mayBeLightning = usesLightning(module);
  const modules = module.classes
    .filter((node) => mayBeLightning || derivesFromLightning(node, module))
    .flatMap((node) => moduleOf(node, trainers, module));
  if (modules.length > 0) {
    return modules.filter(({ classNode }) => !isManual(classNode, module));
  }
  return trainers.map((trainer) => ({
    classNode: null,
    className: null,
    trainingStep: null,
    configureOptimizers: null,
    methods: new Map(),
    optimizers: [],
    schedulers: [],
    trainers: [trainer],
  }));
}

function isTrainer(call: LocatedCall, module: PythonModule): boolean {
  const root = (call.callee ?? '').split('.')[0] as string;
  const binding = module.importNamed(root);
  return LIGHTNING.has(binding?.path.split('.')[0] ?? '');
}

function derivesFromLightning(node: SyntaxNode, { text }: PythonModule): boolean {
  const bases = childOf(node, 'superclasses');
  return bases !== undefined && /Lightning|\bpl\.|\bL\./.test(textOf(text, bases));
}

function moduleOf(node: SyntaxNode, trainers: readonly LocatedCall[], module: PythonModule): LightningTraining[] {
  const own = module.functions.filter(({ node: method }) => method.type !== 'module' && isMethodOf(method, node));
  const methods = new Map(own.map((method) => [method.name, method]));
  const trainingStep = methods.get('training_step') ?? null;
  // A data module or a callback has no training step; a class of another framework may have one.
  if (!trainingStep) {
    return [];
  }
  const configureOptimizers = methods.get('configure_optimizers') ?? null;
  const name = childOf(node, 'name');
  return [
    {
      classNode: node,
      className: name ? textOf(module.text, name) : null,
      trainingStep,
      configureOptimizers,
      methods,
      optimizers: configureOptimizers ? optimizersOf(configureOptimizers, module) : [],
      schedulers: configureOptimizers ? schedulersOf(configureOptimizers, module) : [],
      trainers,
    },
  ];
}

function isMethodOf(method: SyntaxNode, classNode: SyntaxNode): boolean {
  const block = method.parent?.type === 'decorated_definition' ? method.parent.parent : method.parent;
  return block?.parent === classNode;
}

/** `self.automatic_optimization = False`: then the class writes its own backward passes and steps. */
function isManual(classNode: SyntaxNode | null, module: PythonModule): boolean {
  return module.assignments.some(
    ({ target, value, statement }) =>
      target === 'self.automatic_optimization' &&
      value.type === 'false' &&
      classNode !== null &&
      contains(classNode, statement),
  );
}

function optimizersOf(method: PythonFunction, module: PythonModule): readonly OptimizerPlace[] {
  const found = optimizersIn(method.node, null, module);
  return found.map((place) => {
    const assignment = module.assignmentOf(place.node);
    return assignment ? { ...place, variable: assignment.target } : place;
  });
}

function schedulersOf(method: PythonFunction, module: PythonModule): readonly Call[] {
  return module.calls.filter(
    (call) => contains(method.node, call.node) && isSchedulerCall(call) && !isGetter(call, module),
  );
}

/** `self.lr_schedulers()` hands out what was built elsewhere. */
function isGetter({ receiver, name }: Call, module: PythonModule): boolean {
  return name === 'lr_schedulers' && receiver !== null && dottedName(module.text, receiver) === 'self';
}

/** A keyword of the trainers' calls where exactly one of them shows it. */
export function trainerKeyword({ trainers }: LightningTraining, keyword: string): SyntaxNode | undefined {
  const values = trainers.flatMap(({ keywords }) => keywords.get(keyword) ?? []);
  return values.length === 1 ? values[0] : undefined;
}
