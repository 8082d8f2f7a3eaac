import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import { isInClosure } from '../../loops/python/unitStructure.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, contains, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, quoteOf, type EditList } from '../editing/editList.js';
import { addHelper } from '../editing/helperFunction.js';
import { nameFor } from '../editing/importedNames.js';
import { parametersFor } from '../editing/parameters.js';
import { isVisible } from '../editing/visibleNames.js';
import type { LoopOutcome } from '../loopFix.js';
import { shardsByFsdp } from '../editing/shardedModels.js';

const HELPER = 'gradients_are_finite';

/** Puts every step of the unit under the condition that its gradients are finite. */
export function guardSteps(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const there = guardOf(unit, analysis) ?? ownGuard(unit, analysis);
  if (there) {
    return { kind: 'already-there', line: analysis.lines.lineAt(there.start) };
  }
  checkLoop(unit, analysis);
  for (const step of unit.steps) {
    checkStep(step, unit, analysis);
    if (!parametersFor(step.event, step.event.owner, analysis)) {
      throw new EditRefused(`Which parameters ${step.event.target ?? 'it'} moves can't be told from this file.`);
    }
    guard(step.event, unit, analysis, edits);
  }
  writeHelper(analysis, edits);
  return {
    kind: 'edited',
    notes: ['Each skipped step is printed: if there are many, find what makes them rather than skip them.'],
  };
}

const NOT_FINITE = /\b(is_?finite|is_?nan|is_?inf|gradients_are_finite|has_nan\w*|check_nan\w*|has_inf\w*)\b/i;
const LEAVES = new Set(['continue_statement', 'break_statement', 'return_statement', 'raise_statement']);

/** An `if` of the region that asks for NaN or infinity and then doesn't step. */
function guardOf(unit: TrainingUnit, analysis: PythonAnalysis): SyntaxNode | null {
  const places = new Set([unit.region, ...unit.steps.map(({ event }) => event.owner.node)]);
  for (const place of places) {
    for (const node of walk(place)) {
      const condition = node.type === 'if_statement' ? childOf(node, 'condition') : undefined;
      const isAsserted = node.type === 'assert_statement' && NOT_FINITE.test(textOf(analysis.module.text, node));
      if (isAsserted || (condition && asksForFinite(condition, unit, analysis) && decides(node, unit, analysis))) {
        return node;
      }
    }
  }
  return null;
}

/** In the condition itself, or where the name that it reads is assigned. */
function asksForFinite(condition: SyntaxNode, unit: TrainingUnit, { module, units }: PythonAnalysis): boolean {
  const code = [...walk(condition)]
    .filter(({ type }) => type === 'identifier')
    .flatMap((node) => units.objects.visibleAssignments(textOf(module.text, node), unit.owner))
    .map(({ value }) => textOf(module.text, value));
  return [textOf(module.text, condition), ...code].some((text) => NOT_FINITE.test(text));
}

function decides(node: SyntaxNode, unit: TrainingUnit, { module }: PythonAnalysis): boolean {
  return (
    unit.steps.some(({ event }) => contains(node, event.node)) ||
    [...walk(node)].some(({ type }) => LEAVES.has(type)) ||
    /\bexit\(/.test(textOf(module.text, node))
  );
}

/** Scalers look for infinities themselves, before every step. */
function ownGuard(unit: TrainingUnit, analysis: PythonAnalysis): SyntaxNode | null {
  const scaled = unit.steps.find(({ event }) => event.route === 'scaler');
  const switched = scaled && switchOf(scaled.event, analysis);
  if (scaled && switched === 'on') {
    return scaled.event.node;
  }
  if (switched === 'unknown') {
    throw new EditRefused(
      'The GradScaler leaves such steps out wherever it is enabled, and whether it is hangs on more than this file shows.',
    );
  }
  return unit.backwards.find(({ event }) => event.route === 'apex')?.event.node ?? null;
}

/** `GradScaler(enabled=…)`. */
function switchOf(step: TrainingEvent, { module, units }: PythonAnalysis): 'on' | 'off' | 'unknown' {
  const built = step.through && construction(step.through, step.owner, 'scaler', module, units.objects);
  const enabled = built ? built.call.keywords.get('enabled') : undefined;
  if (!enabled || enabled.type === 'true') {
    return 'on';
  }
  return enabled.type === 'false' ? 'off' : 'unknown';
}

function checkLoop(unit: TrainingUnit, { module }: PythonAnalysis): void {
  const routes = [...unit.backwards, ...unit.steps].map(({ event }) => event.route);
  if (routes.includes('two-step')) {
    throw new EditRefused(
      'The first step has moved the weights, and only the second takes them back: check the first gradients, before first_step.',
    );
  }
  const foreign = routes.find((route) => !['plain', 'scaler', 'accelerate'].includes(route));
  if (foreign) {
    throw new EditRefused(
      'The step goes through a library that may scale the gradients or skip steps itself; whether one more condition fits in is not known.',
    );
  }
  if (module.imports.some(({ path }) => path.split('.')[0] === 'horovod')) {
    throw new EditRefused(
      'Horovod averages gradients in the background until the step, which every rank has to make: none may leave it out alone.',
    );
  }
  if (shardsByFsdp(module)) {
    throw new EditRefused(
      'The model is sharded by FSDP: each rank sees only its own gradients, and all have to decide alike.',
    );
  }
  if (![...unit.events, ...unit.around].some(({ event }) => event.kind === 'zero-grad')) {
    throw new EditRefused(
      'Nothing in this loop clears the gradients, so one that is not finite would stay for good: call zero_grad() first.',
    );
  }
}

function checkStep(step: Occurrence, unit: TrainingUnit, { module, lines }: PythonAnalysis): void {
  const { node, statement, target } = step.event;
  const line = lines.lineAt(node.start);
  if (target === null) {
    throw new EditRefused('Which optimizer steps is worked out while the program runs.');
  }
  if (unit.backwards.some((backward) => isInClosure(backward, step.event))) {
    throw new EditRefused('The gradients come from a closure that runs inside the step.');
  }
  const alone =
    statement.type === 'expression_statement' &&
    statement.children[0] === node &&
    lines.text.slice(lines.lineStart(lines.lineAt(statement.start)), statement.start).trim() === '' &&
    /^\s*(#.*)?$/.test(lines.text.slice(statement.end, lines.lineEnd(lines.lineAt(statement.end))));
  if (!alone) {
    throw new EditRefused(`Put ${textOf(module.text, node)} on a line of its own first (line ${line + 1}).`);
  }
}

function guard(step: TrainingEvent, unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): void {
  const { lines, root, module } = analysis;
  const line = lines.lineAt(step.statement.start);
  const indentation = lines.indentation(line);
  const unitOfIndent = indentUnit(root, lines);
  const quote = quoteOf(module.text);
  const condition = `${ownScaler(step, unit, analysis)}${HELPER}(${step.target})`;
  edits.insert(step.statement.start, `if ${condition}:${lines.lineBreak(line)}${indentation}${unitOfIndent}`);
  edits.insertAfter(step.statement, [
    'else:',
    `${unitOfIndent}print(${quote}Step skipped: a gradient is not finite.${quote})`,
  ]);
}

/** Accelerate's own scaler has to see every step: it lowers its scale there. */
function ownScaler(step: TrainingEvent, unit: TrainingUnit, analysis: PythonAnalysis): string {
  const backward = unit.backwards.find(({ event }) => event.route === 'accelerate')?.event;
  if (!backward) {
    return '';
  }
  if (!backward.through || !isVisible(backward.through, step.owner, analysis)) {
    throw new EditRefused('The accelerator is not known where the optimizer steps.');
  }
  const quote = quoteOf(analysis.module.text);
  return `${backward.through}.mixed_precision == ${quote}fp16${quote} or `;
}

/** One question to the device for all gradients, not one for each. */
function writeHelper(analysis: PythonAnalysis, edits: EditList): void {
  const quote = quoteOf(analysis.module.text);
  const isFinite = nameFor('torch.isfinite', analysis.module.main, analysis, edits);
  const stack = nameFor('torch.stack', analysis.module.main, analysis, edits);
  addHelper(
    {
      name: HELPER,
      code: [
        `def ${HELPER}(optimizer):`,
        '\t"""True when no gradient that the optimizer is about to use holds NaN or infinity."""',
        `\tparameters = [p for group in optimizer.param_groups for p in group[${quote}params${quote}]]`,
        '\tgradients = [p.grad.detach() for p in parameters if p.grad is not None]',
        '\tvalues = [g.coalesce().values() if g.is_sparse else g for g in gradients]',
        `\tfinite = [${isFinite}(v).all().to(values[0].device) for v in values]`,
        `\treturn not finite or bool(${stack}(finite).all())`,
      ],
    },
    analysis,
    edits,
  );
}
