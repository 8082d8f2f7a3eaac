import { childOf, contains, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, textOf, wordsOf } from './expressions.js';
import type { PythonModule } from './pythonModule.js';
import type { TrainingEvent } from './trainingEvents.js';
import type { Occurrence, TrainingUnit } from './trainingUnits.js';
import { LOOP } from './loopStatements.js';

/** Words by which conditions tell the stepping iteration from the others. */
const BOUNDARY_WORDS = ['sync', 'accum', 'accumulate', 'accumulation', 'boundary'];

/** True when gradients of several backward passes go into one optimizer step. */
export function accumulates(unit: TrainingUnit, module: PythonModule): boolean {
  return (
    unit.backwards.some((backward) => inOwnLoop(backward, unit)) ||
    unit.steps.some((step) => boundaryConditions(step, unit, module).length > 0) ||
    skipsByCounter(unit, module) ||
    usesAccelerateAccumulation(unit, module)
  );
}

/** The backward pass happens inside the step: in a closure that it is handed, by its name or behind a `lambda`. */
export function isInClosure({ site }: Occurrence, step: TrainingEvent): boolean {
  return contains(step.node, site);
}

/** The backward pass is repeated by a loop that holds no step: nanoGPT's micro steps. */
function inOwnLoop(backward: Occurrence, unit: TrainingUnit): boolean {
  for (let at: SyntaxNode | null = backward.site; at && at !== unit.region; at = at.parent) {
    const loop = at;
    if (LOOP.has(loop.type) && unit.steps.every(({ site }) => !contains(loop, site))) {
      return true;
    }
  }
  return false;
}

/** Conditions of `if` statements that hold the step but no backward pass and look like a counter. */
export function boundaryConditions(step: Occurrence, unit: TrainingUnit, module: PythonModule): readonly SyntaxNode[] {
  const apart = (node: SyntaxNode) =>
    unit.backwards.every(({ site, event }) => !contains(node, site) && !contains(node, event.node));
  const places = step.site === step.event.node ? [step.site] : [step.site, step.event.node];
  return places
    .flatMap((place) => ifsAround(place, unit))
    .filter((node) => apart(node))
    .flatMap((node) => childOf(node, 'condition') ?? [])
    .filter((condition) => looksLikeBoundary(condition, module));
}

function ifsAround(node: SyntaxNode, unit: TrainingUnit): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (
    let at: SyntaxNode | null = node;
    at && at !== unit.region && at.type !== 'function_definition';
    at = at.parent
  ) {
    if (at.type === 'if_statement') {
      found.push(at);
    }
  }
  return found;
}

function looksLikeBoundary(condition: SyntaxNode, module: PythonModule): boolean {
  const name = dottedName(
    module.text,
    condition.type === 'not_operator' ? (condition.children[0] ?? condition) : condition,
  );
  return (
    isBoundary(textOf(module.text, condition)) ||
    // `need_update = last_batch or (batch_idx + 1) % accum_steps == 0`, further up.
    (name !== null &&
      module.assignments.some(({ target, value }) => target === name && isBoundary(textOf(module.text, value))))
  );
}

function isBoundary(source: string): boolean {
  return source.includes('%') || wordsOf(source).some((word) => BOUNDARY_WORDS.some((known) => word.startsWith(known)));
}

/** `if (i + 1) % n != 0: continue` between the backward pass and the step. */
function skipsByCounter(unit: TrainingUnit, module: PythonModule): boolean {
  const first = unit.backwards[0]?.site.end ?? 0;
  const last = unit.steps.at(-1)?.site.start ?? 0;
  return [...walk(unit.region, ({ type }) => type !== 'function_definition')].some(
    (node) =>
      node.type === 'continue_statement' &&
      first < node.start &&
      node.start < last &&
      ifsAround(node, unit).some((parent) => {
        const condition = childOf(parent, 'condition');
        return condition !== undefined && looksLikeBoundary(condition, module);
      }),
  );
}

function usesAccelerateAccumulation(unit: TrainingUnit, module: PythonModule): boolean {
  return (
    unit.backwards.some(({ event }) => event.route === 'accelerate') &&
    (module.callsNamed('accumulate').length > 0 ||
      module.callsNamed('Accelerator').some(({ keywords }) => keywords.has('gradient_accumulation_steps')))
  );
}

const TORCH_CLIPPING = /^clip_grad_(norm|value)_?$/;

/** PyTorch's own clipping of gradients that still carry the loss scale. */
export function isClippedWhileScaled(clip: Occurrence, unit: TrainingUnit): boolean {
  const at = unit.events.indexOf(clip);
  const before = unit.events.slice(0, at).reverse();
  const backwardAt = before.findIndex(({ event }) => event.kind === 'backward');
  const step = unit.events.slice(at + 1).find(({ event }) => event.kind === 'step');
  return (
    TORCH_CLIPPING.test(clip.event.callee) &&
    before[backwardAt]?.event.route === 'scaler' &&
    step?.event.route === 'scaler' &&
    before.slice(0, backwardAt).every(({ event }) => event.kind !== 'unscale')
  );
}
