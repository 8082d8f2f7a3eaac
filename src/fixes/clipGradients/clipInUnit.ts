import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, readCall, textOf } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { isClippedWhileScaled } from '../../loops/python/unitStructure.js';
import { childOf, enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { CompleteGradients, coveringClip, eventsSinceBackward, noPlaceOn } from '../editing/completeGradients.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { whereGradientsSync } from '../editing/syncGuard.js';
import type { LoopOutcome } from '../loopFix.js';
import { pythonFloat } from '../settings.js';
import { FOR } from '../../loops/python/loopStatements.js';

/** What is bounded: the norm of all gradients together, or every entry by itself. */
export interface ClippingWish {
  readonly kind: 'norm' | 'value';
  readonly limit: number;
}

/** Puts clipping in front of every step of the unit that has none yet. */
export function clipInUnit(
  unit: TrainingUnit,
  wish: ClippingWish,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const elsewhere = clippingElsewhere(unit, analysis);
  if (elsewhere) {
    return { kind: 'already-there', line: analysis.lines.lineAt(elsewhere.start) };
  }
  const open = unit.steps.filter((step) => !coveringClip(step, unit));
  const scaled = unit.steps.flatMap((step) => clippedWhileScaled(step, unit));
  if (open.length === 0 && scaled.length === 0) {
    const clip = unit.events.find(({ event }) => event.clipping !== null);
    return { kind: 'already-there', line: analysis.lines.lineAt(clip?.event.node.start ?? unit.region.start) };
  }
  for (const { step, clip } of scaled) {
    edits.insertBefore(clip.statement, [`${step.through ?? 'scaler'}.unscale_(${step.target ?? 'optimizer'})`]);
  }
  for (const step of open) {
    clipBefore(new CompleteGradients(step, unit, analysis, edits), wish);
  }
  return { kind: 'edited', notes: [] };
}

/** Clipping in the very block of a scaled step that comes before the gradients are unscaled. */
function clippedWhileScaled(
  step: Occurrence,
  unit: TrainingUnit,
): { readonly step: TrainingEvent; readonly clip: TrainingEvent }[] {
  const clip = coveringClip(step, unit);
  const between = eventsSinceBackward(step, unit);
  const mends =
    clip !== undefined &&
    step.event.route === 'scaler' &&
    clip.event.statement.parent === step.event.statement.parent &&
    isClippedWhileScaled(clip, unit) &&
    between.every(({ event }) => event.kind !== 'unscale');
  return mends ? [{ step: step.event, clip: clip.event }] : [];
}

/** Hooks on the parameters, or an optimizer that clips by itself. */
function clippingElsewhere(unit: TrainingUnit, { module, units }: PythonAnalysis): SyntaxNode | null {
  const hook = module.calls.find(
    ({ name, positional }) =>
      name === 'register_hook' && positional.some((node) => /\bclamp|\bclip/.test(textOf(module.text, node))),
  );
  if (hook) {
    return hook.node;
  }
  for (const { event } of unit.steps) {
    const built = event.target && construction(event.target, event.owner, 'optimizer', module, units.objects);
    const keyword =
      built &&
      [...built.call.keywords].find(([name]) =>
        /^(max_grad_norm|grad_clip\w*|clip_grad\w*|gradient_clip\w*|clipnorm)$/.test(name),
      );
    if (keyword) {
      return keyword[1];
    }
  }
  return null;
}

/** Each framework's own way of clipping, in front of one step. */
function clipBefore(place: CompleteGradients, wish: ClippingWish): void {
  const { analysis, step } = place;
  const route = place.route();
  const limit = pythonFloat(wish.limit);
  const argument = `${wish.kind === 'norm' ? 'max_norm' : 'clip_value'}=${limit}`;
  const reason = noPlaceOn(route, step.through);
  if (reason !== null) {
    throw new EditRefused(reason);
  }
  switch (route) {
    case 'accelerate': {
      const accelerator = place.through('accelerate');
      const clip = `${accelerator}.clip_grad_${wish.kind}_(${place.parameters().code}, ${argument})`;
      place.insert(whereGradientsSync([clip], accelerator, step, analysis));
      break;
    }
    case 'by-hand':
      clipBeforeHandStep(place, (parameters) => torchClip(parameters, wish.kind, argument, place));
      break;
    case 'apex': {
      const clause = analysis.module.calls.find(({ name }) => name === 'scale_loss');
      const apex = clause?.receiver ? textOf(analysis.module.text, clause.receiver) : 'amp';
      place.insert([torchClip(`${apex}.master_params(${place.optimizer()})`, wish.kind, argument, place)]);
      break;
    }
    case 'fabric':
      place.insert([clipWithFabric(place, wish.kind, limit)]);
      break;
    case 'lightning':
      place.insert([
        `self.clip_gradients(${place.optimizer()}, gradient_clip_val=${limit}, gradient_clip_algorithm="${wish.kind}")`,
      ]);
      break;
    default: {
      const clip = wish.kind === 'norm' ? shardedClip(place, argument) : null;
      const code = [clip ?? torchClip(place.parameters().code, wish.kind, argument, place)];
      if (step.route === 'scaler') {
        place.insertUnscaled(code);
      } else {
        place.insert(code);
      }
    }
  }
}

/** `for p in model.parameters(): p.data.add_(p.grad, alpha=-lr)`: all gradients are clipped before the first is used. */
function clipBeforeHandStep(place: CompleteGradients, clip: (parameters: string) => string): void {
  const { analysis, step, edits } = place;
  const { text } = analysis.module;
  const loop = enclosing(step.statement.parent, FOR);
  const variable = loop && childOf(loop, 'left');
  const source = loop && childOf(loop, 'right');
  const walks =
    variable?.type === 'identifier' && new RegExp(`^${textOf(text, variable)}\\b`).test(textOf(text, step.node));
  if (!loop || !source || !walks || !mayBeWalkedTwice(source, place)) {
    throw new EditRefused(
      'The weights are moved by hand here, and which ones belong together is not plain: clip their gradients before.',
    );
  }
  edits.insertBefore(loop, [clip(textOf(text, source))]);
}

/** A generator that clipping has walked through is empty for the loop behind it. */
function mayBeWalkedTwice(source: SyntaxNode, place: CompleteGradients): boolean {
  const { module, units } = place.analysis;
  const call = readCall(module.text, source);
  if (call) {
    return call.name === 'parameters' && call.positional.length === 0;
  }
  const name = dottedName(module.text, source);
  const assigned = name === null ? [] : units.objects.visibleAssignments(name, place.scope());
  return (
    assigned.length > 0 &&
    assigned.every(({ value, index }) => index === null && (value.type === 'list' || isList(value, module.text)))
  );
}

function isList(value: SyntaxNode, text: string): boolean {
  return value.type === 'list_comprehension' || readCall(text, value)?.callee === 'list';
}

function torchClip(parameters: string, kind: ClippingWish['kind'], argument: string, place: CompleteGradients): string {
  const name = nameFor(`torch.nn.utils.clip_grad_${kind}_`, place.scope(), place.analysis, place.edits);
  return `${name}(${parameters}, ${argument})`;
}

/** A model sharded by FSDP has to add up the norm over all ranks itself. */
function shardedClip(place: CompleteGradients, argument: string): string | null {
  const { module, units } = place.analysis;
  const wrapped = module.calls.filter(({ name }) => name === 'FSDP' || name === 'FullyShardedDataParallel');
  if (wrapped.length === 0) {
    return null;
  }
  const { model } = place.parameters();
  const assignments = model === null ? [] : units.objects.visibleAssignments(model, place.scope());
  const always = assignments.some(
    ({ value, statement, owner }) => wrapped.some(({ node }) => node === value) && !isConditional(statement, owner),
  );
  if (!always) {
    throw new EditRefused(
      "A model is sharded by FSDP, and whether it is this one can't be told; use its own clip_grad_norm_.",
    );
  }
  return `${model}.clip_grad_norm_(${argument})`;
}

function clipWithFabric(place: CompleteGradients, kind: ClippingWish['kind'], limit: string): string {
  const { model } = place.parameters();
  const fabric = place.through('fabric');
  if (model === null) {
    throw new EditRefused("Fabric clips by model, and which model this optimizer moves can't be told from this file.");
  }
  const keyword = kind === 'norm' ? 'max_norm' : 'clip_val';
  return `${fabric}.clip_gradients(${model}, ${place.optimizer()}, ${keyword}=${limit})`;
}

function isConditional(statement: SyntaxNode, owner: PythonFunction): boolean {
  for (let at = statement.parent; at && at !== owner.node; at = at.parent) {
    if (at.type === 'if_statement' || at.type === 'try_statement') {
      return true;
    }
  }
  return false;
}
