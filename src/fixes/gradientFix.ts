import type { FixDescription } from '../model/fix.js';
import type { PythonAnalysis } from '../loops/sourceAnalysis.js';
import type { LightningTraining } from '../loops/python/lightningTraining.js';
import { stringValue, textOf } from '../loops/python/expressions.js';
import { isOptimizerCall } from '../loops/python/objects.js';
import { construction } from '../loops/python/optimizers.js';
import { argumentValue, type TrainingArgumentsCall } from '../loops/python/trainingArguments.js';
import type { Occurrence, TrainingUnit } from '../loops/python/trainingUnits.js';
import { childOf, type SyntaxNode } from '../loops/syntax/syntaxNode.js';
import { addKeyword } from './editing/callArguments.js';
import { CompleteGradients, coveringClip, noPlaceOn } from './editing/completeGradients.js';
import { EditRefused, type EditList } from './editing/editList.js';
import { addHelpers, definitionOf, helperFrom, nameOfHelper } from './editing/helperFunction.js';
import { refuseBuiltAnew } from './editing/builtAnew.js';
import { insertBeforeLightningStep } from './editing/lightningHook.js';
import { whereGradientsSync } from './editing/syncGuard.js';
import { addCallback, soleTrainer } from './editing/trainerCallback.js';
import type { Fix } from './fix.js';
import { STATE_CHANGES } from './libraries/clipOptimizer.js';
import type { OptaxOptimizer } from './libraries/optaxOptimizer.js';
import { onOptimizers, type OptimizerChange } from './libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from './loopFix.js';
import { numberSettings, type NumberBounds } from './settings.js';
import { shardsByFsdp } from './editing/shardedModels.js';

/**
 * A fix that changes the gradients of every step by a helper in the user's file. The helper is one Python function that
 * is called once a step, when the gradients of all its batches are there and carry no loss scale; what it has to
 * remember it keeps in `optimizer.param_groups`, so that it is saved and restored with the optimizer.
 */
export interface GradientFix {
  readonly description: FixDescription;
  /** Which numbers the settings may be. */
  readonly bounds: Readonly<Record<string, NumberBounds>>;
  /** Source of the helper with the chosen values in it; see `helperFrom` for how it is written. */
  readonly helper: (values: Readonly<Record<string, number>>) => string;
  /** Sources of further helpers that the helper needs. */
  readonly uses?: readonly string[];
  /** Why the helper can't work in a file, whatever its loops are; null where it can. */
  readonly unless?: (analysis: PythonAnalysis) => string | null;
  /** What the helper is called with. */
  readonly subject: 'optimizer' | 'model';
  /** It works on layers: optimizers of single values, `Adam([log_alpha])`, are left out. */
  readonly ofLayers?: boolean;
  /** It keeps something from step to step, so that it must run exactly once a step. */
  readonly remembers: boolean;
  /** Classes of torch.optim that it works with; all where it is omitted. */
  readonly optimizers?: ReadonlySet<string>;
  /** Names of functions, classes or variables by which others do the same thing. */
  readonly knownAs: RegExp;
  readonly notes?: readonly string[];
  /** The transformation of optax that does the same, as code. */
  readonly optax?: (values: Readonly<Record<string, number>>, optimizer: OptaxOptimizer) => string;
}

export function gradientFix(fix: GradientFix): Fix {
  return {
    description: fix.description,
    apply(target, settings) {
      const values = numberSettings(fix.description, fix.bounds, settings);
      if (!values.ok) {
        return refused(values.error);
      }
      const source = fix.helper(values.value);
      return applyToLoops(target, {
        ...onOptimizers(elsewhere(fix, values.value)),
        unit: (unit, context) => settled(fix, source, context) ?? inUnit(fix, source, unit, context),
        lightning: (training, context) => settled(fix, source, context) ?? inLightning(fix, source, training, context),
        arguments: (call, context) => settled(fix, source, context) ?? inArguments(fix, source, call, context),
      });
    },
  };
}

/** Its helpers are written for PyTorch: elsewhere only what the library itself offers will do. */
function elsewhere({ optax, knownAs }: GradientFix, values: Readonly<Record<string, number>>): OptimizerChange {
  return {
    ...(optax && {
      optax: (optimizer, { analysis: { module, lines } }): LoopOutcome => {
        const there = module.calls.find(({ name }) => knownAs.test(name));
        if (there) {
          return { kind: 'already-there', line: lines.lineAt(there.node.start) };
        }
        optimizer.transformFirst(optax(values, optimizer));
        return { kind: 'edited', notes: [STATE_CHANGES] };
      },
    }),
    without: {
      keras:
        'It is written for PyTorch, and Keras has nothing of the kind: clip-gradients and clip-by-value are what it offers.',
      optax:
        'It is written for PyTorch, and optax has nothing of the kind: clip-gradients, clip-by-value and agc are what it offers.',
      tfjs: 'It is written for PyTorch: clip-gradients and clip-by-value are what TensorFlow.js allows.',
    },
  };
}

const CLOSURE = 'The gradients come from a closure, which the optimizer may run several times a step.';

/** The helper is there, or the same thing under another name; or it can't work in this file. */
function settled({ knownAs, unless }: GradientFix, source: string, { analysis }: LoopContext): LoopOutcome | null {
  const { module, lines } = analysis;
  const own = definitionOf(nameOfHelper(source), analysis);
  const call = module.calls.find(
    ({ name, receiver }) => knownAs.test(name) || (receiver && knownAs.test(textOf(module.text, receiver))),
  );
  const at = own ?? call?.node.start;
  if (at !== undefined) {
    return { kind: 'already-there', line: lines.lineAt(at) };
  }
  const reason = unless?.(analysis) ?? null;
  return reason === null ? null : refused(reason);
}

function writeHelpers(
  { uses = [] }: GradientFix,
  sources: readonly string[],
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  addHelpers(
    [...uses, ...sources].map((each) => helperFrom(each, analysis, edits)),
    analysis,
    edits,
  );
}

function inUnit(fix: GradientFix, source: string, unit: TrainingUnit, { analysis, edits }: LoopContext): LoopOutcome {
  const name = nameOfHelper(source);
  const steps = unit.steps.filter((step) => !fix.ofLayers || !movesValues(step, analysis));
  if (steps.length === 0) {
    return refused('The optimizer moves single values here, no layers.');
  }
  for (const step of steps) {
    placeCall(fix, name, step, unit, analysis, edits);
  }
  writeHelpers(fix, [source], analysis, edits);
  return { kind: 'edited', notes: fix.notes ?? [] };
}

/** `Adam([log_alpha])`: a list that is written out, without the parameters of any module. */
function movesValues({ event }: Occurrence, { module, units }: PythonAnalysis): boolean {
  const built =
    event.target === null ? null : construction(event.target, event.owner, 'optimizer', module, units.objects);
  const moved = built?.call.keywords.get('params') ?? built?.call.positional[0];
  return moved?.type === 'list' && !textOf(module.text, moved).includes('parameters(');
}

function placeCall(
  fix: GradientFix,
  name: string,
  step: Occurrence,
  unit: TrainingUnit,
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  const place = new CompleteGradients(step, unit, analysis, edits);
  const route = place.route();
  const reason = noPlaceOn(route, step.event.through);
  if (reason !== null) {
    throw new EditRefused(reason);
  }
  checkWhole(analysis);
  checkOptimizer(fix, step, place);
  const clip = coveringClip(step, unit);
  if (route === 'lightning') {
    if (clip) {
      const line = analysis.lines.lineAt(clip.event.node.start) + 1;
      throw new EditRefused(`Gradients are clipped on line ${line}, before Lightning's hook sees them: take that out.`);
    }
    insertBeforeLightningStep(
      classOf(step, analysis),
      (optimizer) => [`${name}(${fix.subject === 'model' ? 'self' : optimizer})`],
      analysis,
      edits,
    );
    return;
  }
  const call = [`${name}(${subjectOf(fix, place)})`];
  switch (route) {
    case 'accelerate':
      withAccelerate(call, place, clip);
      break;
    case 'fabric':
      checkPrecision('Fabric', analysis);
      beforeClip(call, place, clip);
      break;
    case 'scaler':
      if (clip) {
        statementBeside(clip, place);
        if (!place.unscaleBefore()) {
          throw new EditRefused('Gradients are clipped here while they carry the loss scale: unscale them first.');
        }
      }
      place.insertUnscaled(call);
      break;
    case 'apex':
      throw new EditRefused('Apex keeps gradients of its own in another precision: use torch.amp for this fix.');
    default:
      beforeClip(call, place, clip);
  }
}

/** What is learned of the norms must be learned before something else has bounded them. */
function beforeClip(call: readonly string[], place: CompleteGradients, clip: Occurrence | undefined): void {
  if (!clip) {
    place.insert(call);
    return;
  }
  refuseHandedOver(clip, place);
  place.edits.insertBefore(statementBeside(clip, place), call);
}

/** `ensure_shared_grads(local, shared)`: what clips one model comes before the gradients get to the one that moves. */
const HANDS_OVER = /^(?=.*grad)(?=.*(?:shar|sync|copy|push|transfer|ensure|assign))/i;

function refuseHandedOver({ event }: Occurrence, { step, analysis: { module, lines } }: CompleteGradients): void {
  const isBetween = ({ start }: SyntaxNode) => event.statement.end < start && start < step.statement.start;
  const call = module.calls.find(
    ({ name, node, positional }) => isBetween(node) && HANDS_OVER.test(name) && positional.length > 1,
  );
  const given = module.assignmentNodes.find((node) => {
    const left = isBetween(node) && node.type === 'assignment' ? childOf(node, 'left') : undefined;
    return left !== undefined && /\._?grad$/.test(textOf(module.text, left));
  });
  const node = call?.node ?? given;
  if (node) {
    throw new EditRefused(
      `Gradients are handed on to other weights on line ${lines.lineAt(node.start) + 1}, behind the clipping: what the optimizer moves has none before.`,
    );
  }
}

/** The statement in the block of the step that is the clipping, or holds it under a condition. */
function statementBeside({ event }: Occurrence, { step, analysis }: CompleteGradients): SyntaxNode {
  for (let at: SyntaxNode | null = event.statement; at && event !== step; at = at.parent) {
    if (at.parent === step.statement.parent) {
      return at;
    }
  }
  const line = analysis.lines.lineAt(event.node.start) + 1;
  throw new EditRefused(
    `Gradients are clipped on line ${line}, and whether that comes first can't be told: take it out.`,
  );
}

function withAccelerate(call: readonly string[], place: CompleteGradients, clip: Occurrence | undefined): void {
  if (clip) {
    throw new EditRefused('Accelerate unscales gradients where it clips them: take that clipping out first.');
  }
  if (place.analysis.module.calls.some(({ name }) => /^(DeepSpeedPlugin|FullyShardedDataParallelPlugin)$/.test(name))) {
    throw new EditRefused('The gradients are spread over the ranks, so that none of them knows their norms.');
  }
  const accelerator = place.through('accelerate');
  const code = [`${accelerator}.unscale_gradients(${place.optimizer()})`, ...call];
  place.insert(whereGradientsSync(code, accelerator, place.step, place.analysis));
}

function subjectOf(fix: GradientFix, place: CompleteGradients): string {
  const parameters = place.parameters();
  if (fix.subject === 'optimizer') {
    return place.optimizer();
  }
  if (parameters.model === null) {
    throw new EditRefused("Which model this optimizer moves can't be told from this file.");
  }
  return parameters.model;
}

/** Norms of shards are no norms. */
function checkWhole({ module }: PythonAnalysis): void {
  if (shardsByFsdp(module)) {
    throw new EditRefused('The model is sharded by FSDP: no rank knows the norms of whole gradients.');
  }
}

function checkOptimizer(
  { remembers, ofLayers, optimizers }: GradientFix,
  step: Occurrence,
  place: CompleteGradients,
): void {
  if (ofLayers && step.event.route === 'two-step') {
    throw new EditRefused(
      'The weights are where the first step left them, and the second takes them back: what is renewed here would be lost.',
    );
  }
  if (remembers && place.closureBackward()) {
    throw new EditRefused(CLOSURE);
  }
  if (remembers) {
    refuseBuiltAnew(step.event, place.analysis);
  }
  const { module, units } = place.analysis;
  const target = step.event.target;
  const built = target === null ? null : construction(target, step.event.owner, 'optimizer', module, units.objects);
  if (step.event.route === 'scaler' && built?.call.keywords.get('fused')?.type === 'true') {
    throw new EditRefused('A fused optimizer unscales gradients by itself, inside its step.');
  }
  const fallback = place.route() === 'lightning' ? soleOptimizer(place.analysis) : null;
  const className = built?.className ?? fallback;
  if (optimizers && !(className !== null && optimizers.has(className))) {
    throw new EditRefused(
      `This fix works with the moments of Adam, and ${className ?? 'the optimizer'} is not known to have them.`,
    );
  }
}

/** The class of the optimizers that the file builds, where they are all of one. */
function soleOptimizer({ module }: PythonAnalysis): string | null {
  const classes = new Set(
    module.calls.filter((call) => isOptimizerCall(call) && /^[A-Z]/.test(call.name)).map(({ name }) => name),
  );
  const [only] = classes;
  return classes.size === 1 ? (only ?? null) : null;
}

/** `Fabric(precision="16-mixed")` keeps its loss scale until the step. */
function checkPrecision(className: string, { module }: PythonAnalysis): void {
  if (module.callsNamed(className).length === 0) {
    throw new EditRefused(
      `${className} is set up elsewhere: it may scale the loss, or spread gradients over the ranks.`,
    );
  }
  const precision = module.calls.find(({ name }) => name === className)?.keywords.get('precision');
  const written = precision && (stringValue(module.text, precision) ?? textOf(module.text, precision));
  const strategy = module.calls.find(({ name }) => name === className)?.keywords.get('strategy');
  if (written !== undefined && !/^(bf16|32|64|transformer-engine$)/.test(written)) {
    throw new EditRefused('Gradients still carry the loss scale here with float16: use bf16-mixed.');
  }
  if (strategy && !/^["'](auto|ddp\w*|single_device)["']$/.test(textOf(module.text, strategy))) {
    throw new EditRefused('The strategy may spread gradients over the ranks, so that none of them knows their norms.');
  }
}

function classOf(step: Occurrence, { module }: PythonAnalysis): SyntaxNode {
  const { className } = step.event.owner;
  const found = module.classes.find((node) => {
    const name = childOf(node, 'name');
    return name !== undefined && textOf(module.text, name) === className;
  });
  if (!found) {
    throw new EditRefused('The step is not in a method of the module.');
  }
  return found;
}

/** A hook of the module, which Lightning calls with unscaled gradients before it clips them. */
function inLightning(
  fix: GradientFix,
  source: string,
  { classNode, optimizers, trainers }: LightningTraining,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  if (!classNode) {
    return refused('The module is in another file: make this fix there.');
  }
  if (fix.remembers && optimizers.some(({ className }) => className === 'lbfgs')) {
    return refused(CLOSURE);
  }
  const strategies = trainers.flatMap(({ keywords }) => keywords.get('strategy') ?? []);
  if (strategies.some((node) => !/^["'](auto|ddp\w*|single_device)["']$/.test(textOf(analysis.module.text, node)))) {
    return refused('The strategy may spread gradients over the ranks, so that none of them knows their norms.');
  }
  const known = new Set([...(fix.optimizers ?? [])].map((name) => name.toLowerCase()));
  const fits = optimizers.length > 0 && optimizers.every(({ className }) => known.has(className));
  if (fix.optimizers && !fits) {
    return refused('This fix works with the moments of Adam, and the optimizer is not known to have them.');
  }
  const name = nameOfHelper(source);
  const call = (optimizer: string) => [`${name}(${fix.subject === 'model' ? 'self' : optimizer})`];
  insertBeforeLightningStep(classNode, call, analysis, edits);
  writeHelpers(fix, [source], analysis, edits);
  return { kind: 'edited', notes: fix.notes ?? [] };
}

/** Settings by which a Trainer spreads gradients over the ranks. */
const SHARDING = ['fsdp', 'fsdp_config', 'deepspeed', 'parallelism_config'];

/** A callback that runs the helper in front of the Trainer's step, with the Trainer's own clipping switched off. */
function inArguments(
  fix: GradientFix,
  source: string,
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  if (!fix.description.frameworks.includes('transformers')) {
    return refused('The layers of the models that this Trainer is for are left alone by this fix.');
  }
  const { module } = analysis;
  if (fromCommandLine || call.spread) {
    return refused(`Arguments of ${className} come from outside this file: the clipping and the precision among them.`);
  }
  if (SHARDING.some((name) => call.keywords.has(name))) {
    return refused('The gradients are spread over the ranks, so that none of them knows their norms.');
  }
  const half = argumentValue(module.text, call, 'fp16');
  if (half.kind !== 'absent' && !(half.kind === 'word' && half.value === 'false')) {
    return refused('With fp16 the Trainer unscales gradients only where it clips them itself: use bf16.');
  }
  const optimizer = argumentValue(module.text, call, 'optim');
  if (
    fix.optimizers &&
    !(optimizer.kind === 'absent' || (optimizer.kind === 'word' && /^adamw_torch/.test(optimizer.value)))
  ) {
    return refused('This fix works with the moments of Adam, and the Trainer is given another optimizer.');
  }
  const trainer = soleTrainer(analysis);
  if (trainer.keywords.has('optimizers') && fix.optimizers) {
    return refused('This fix works with the moments of Adam, and the Trainer is given an optimizer of its own.');
  }
  switchClippingOff(call, analysis, edits);
  const name = nameOfHelper(source);
  const callback = `${name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Callback`;
  writeHelpers(fix, [source, callbackSource(callback, name, fix.subject)], analysis, edits);
  addCallback(trainer, `${callback}()`, analysis, edits);
  return {
    kind: 'edited',
    notes: [...(fix.notes ?? []), "The Trainer's own clipping is switched off by max_grad_norm."],
  };
}

function switchClippingOff(call: TrainingArgumentsCall['call'], analysis: PythonAnalysis, edits: EditList): void {
  const value = argumentValue(analysis.module.text, call, 'max_grad_norm');
  const node = call.keywords.get('max_grad_norm');
  if (value.kind === 'expression') {
    throw new EditRefused('max_grad_norm is worked out while the program runs: set it to 0.0 first.');
  }
  if (!node) {
    addKeyword(call, 'max_grad_norm=0.0', analysis, edits);
  } else if (value.kind !== 'number' || value.value > 0) {
    edits.replace(node, '0.0');
  }
}

function callbackSource(callback: string, name: string, subject: GradientFix['subject']): string {
  return `
class ${callback}(transformers.TrainerCallback):
    """Calls ${name} once a step, when the gradients of all its batches are there."""

    def on_pre_optimizer_step(self, args, state, control, ${subject}=None, **kwargs):
        ${name}(${subject})
`;
}
