import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { readCall, textOf, type Call } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import { isSchedulerCall } from '../../loops/python/objects.js';
import type { Assignment, LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { LoopOutcome } from '../loopFix.js';
import { refused } from '../loopFix.js';
import { addKeyword } from './callArguments.js';
import { EditRefused, type EditList } from './editList.js';
import { numberSource } from './numberSource.js';

/** A place that builds an optimizer of a loop. */
export interface BuiltOptimizer {
  readonly call: LocatedCall;
  /** Class as the call names it ("AdamW"). */
  readonly className: string;
  /** The class is one of torch.optim. */
  readonly isTorch: boolean;
}

/**
 * Every place of the file that may build one of the optimizers that the unit steps.
 * @throws EditRefused when one of them is built elsewhere
 */
export function builtOptimizers(unit: TrainingUnit, analysis: PythonAnalysis): readonly BuiltOptimizer[] {
  const { module, units } = analysis;
  const seen = new Set<Assignment>();
  return unit.steps.flatMap(({ event }) => {
    const found =
      event.target === null ? null : construction(event.target, event.owner, 'optimizer', module, units.objects);
    if (!found?.className) {
      const isLightning = unit.backwards.some((backward) => backward.event.route === 'lightning');
      const only = isLightning ? configured(analysis, ({ name }) => name === 'configure_optimizers') : [];
      if (only.length > 0) {
        return only;
      }
      throw new EditRefused(`Where ${event.target ?? 'the optimizer'} is built can't be told from this file.`);
    }
    const open = found.all.filter((assignment) => !seen.has(assignment));
    open.forEach((assignment) => seen.add(assignment));
    return open.flatMap(({ value }) => located(readCall(module.text, value), analysis));
  });
}

/**
 * What `configure_optimizers` of a Lightning module builds.
 * @throws EditRefused when that is not written there
 */
export function configuredOptimizers(
  { configureOptimizers }: LightningTraining,
  analysis: PythonAnalysis,
): readonly BuiltOptimizer[] {
  const built = configured(analysis, (owner) => owner === configureOptimizers);
  if (built.length === 0) {
    throw new EditRefused("Where the optimizer is built can't be told from this file.");
  }
  return built;
}

function configured(analysis: PythonAnalysis, isIn: (owner: PythonFunction) => boolean): readonly BuiltOptimizer[] {
  return analysis.module.calls
    .filter((call) => isIn(call.owner) && !isSchedulerCall(call))
    .flatMap((call) => located(call, analysis))
    .filter(({ isTorch }) => isTorch);
}

function located(call: Call | null, { module }: PythonAnalysis): readonly BuiltOptimizer[] {
  const found = call && module.calls.find(({ node }) => node === call.node);
  return found ? [{ call: found, className: found.name, isTorch: isTorchOptimizer(found, module) }] : [];
}

function isTorchOptimizer({ callee }: Call, module: PythonAnalysis['module']): boolean {
  const root = callee?.split('.')[0];
  const binding = module.imports.find(({ name }) => name === root);
  const path = (binding?.path ?? '') + (callee ?? '').slice(root?.length ?? 0);
  return path.startsWith('torch.optim.') || (binding?.path ?? '').startsWith('torch.optim.');
}

/** What becomes of one number that an optimizer is given. */
export interface ArgumentWish {
  /** What it is called in words for the user. */
  readonly title: string;
  /** The value that is wanted instead of the present one; null where the present one will do. */
  readonly wanted: (present: number) => number | null;
}

/** Where the number stands among the arguments. */
export interface ArgumentSlot {
  readonly keyword: string;
  readonly position: number;
  /** For an argument that is a pair (`betas`), which of the two. */
  readonly part?: 0 | 1;
  /** The default of the library; for a pair both values. */
  readonly byDefault: number | readonly [number, number];
}

/** Adam's arguments in torch.optim [code torch/optim/adam.py]. */
export const BETA2: ArgumentSlot = { keyword: 'betas', position: 2, part: 1, byDefault: [0.9, 0.999] };
export const EPSILON: ArgumentSlot = { keyword: 'eps', position: 3, byDefault: 1e-8 };

/** Sets the number in a call; says what came of it. */
export function setArgument(
  { call }: BuiltOptimizer,
  slot: ArgumentSlot,
  wish: ArgumentWish,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  const given = call.keywords.get(slot.keyword) ?? call.positional[slot.position];
  if (!given) {
    if (call.spread) {
      return refused(`Arguments of ${call.name} come from outside this call; ${slot.keyword} may be among them.`);
    }
    const present = typeof slot.byDefault === 'number' ? slot.byDefault : slot.byDefault[slot.part ?? 0];
    const wanted = wish.wanted(present);
    if (wanted === null) {
      return { kind: 'already-there', line: lines.lineAt(call.node.start) };
    }
    addKeyword(call, `${slot.keyword}=${written(slot, wanted)}`, analysis, edits);
    return { kind: 'edited', notes: [] };
  }
  const number = partOf(given, slot);
  const source = number && numberSource(number, call.owner, analysis);
  if (!source) {
    return refused(`${wish.title}, ${textOf(module.text, given)}, comes from elsewhere or from several places.`);
  }
  const wanted = wish.wanted(source.value);
  if (wanted === null) {
    return { kind: 'already-there', line: lines.lineAt(source.node.start) };
  }
  edits.replace(source.node, pythonNumber(wanted));
  return { kind: 'edited', notes: source.option ? ['A value that is passed on the command line still wins.'] : [] };
}

function partOf(given: SyntaxNode, { part }: ArgumentSlot): SyntaxNode | undefined {
  if (part === undefined) {
    return given;
  }
  const values = given.children.filter(({ type }) => type !== 'comment');
  return (given.type === 'tuple' || given.type === 'list') && values.length === 2 ? values[part] : undefined;
}

function written({ byDefault, part }: ArgumentSlot, wanted: number): string {
  if (typeof byDefault === 'number') {
    return pythonNumber(wanted);
  }
  return `(${byDefault.map((value, index) => pythonNumber(index === part ? wanted : value)).join(', ')})`;
}

/** "1e-15", "0.95": as people write them. */
export function pythonNumber(value: number): string {
  const text = Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential() : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** What comes of several places: an edit if there was one, else what was found first. */
export function joined(outcomes: readonly LoopOutcome[]): LoopOutcome {
  const edited = outcomes.filter((outcome) => outcome.kind === 'edited');
  const notes = edited.flatMap((outcome) => outcome.notes);
  return edited.length > 0
    ? { kind: 'edited', notes: [...new Set(notes)] }
    : (outcomes.find(({ kind }) => kind === 'already-there') ??
        outcomes[0] ??
        refused('No optimizer is built in this file.'));
}
