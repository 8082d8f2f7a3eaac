import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { otherHands } from '../addWarmup/otherHands.js';
import { behindScaler } from '../addWarmup/warmUpInUnit.js';
import { refuseBuiltAnew } from './builtAnew.js';
import { EditRefused, type EditList } from './editList.js';
import { nameFor } from './importedNames.js';
import { refuseStranger } from './knownOptimizer.js';
import { refuseUnscheduled } from './unscheduled.js';
import { isVisible } from './visibleNames.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { runLength } from '../linearDecay/runLength.js';
import { restoresOptimizer } from './restoredOptimizers.js';

/** Name of the variable for the number of all steps. */
export const TOTAL = 'total_steps';

/** What a loop that is written out has to see to; Lightning saves its schedules itself. */
export const NEEDS_STATE = 'A run that is resumed needs the state of the scheduler as well.';

/** A schedule over the whole run. */
export interface Schedule {
  /** Name of the variable for the scheduler. */
  readonly name: string;
  /** Full name of its class. */
  readonly className: string;
  /** Its arguments behind the optimizer, as code that may read `total_steps`. */
  readonly code: string;
  /** Whether a scheduler that is there already does the same, by its variable and the code that builds it. */
  readonly isThere: (variable: string, code: string) => boolean;
  readonly notes: readonly string[];
  /** It does its work in a run without an end, too. */
  readonly endless?: boolean;
}

/** A scheduler in front of the outermost loop, stepped with the optimizer. */
export function scheduleInUnit(
  unit: TrainingUnit,
  accumulates: boolean,
  schedule: Schedule,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const [step, ...others] = unit.steps;
  const optimizer = step?.event.target;
  const there = scheduleOf(schedule, analysis);
  if (there) {
    return there;
  }
  if (!step || !optimizer || others.length > 0 || isOneOfSeveral(unit, analysis)) {
    return refused('Several steps or optimizers: which of them the schedule is for has to be decided by hand.');
  }
  const routes = [...unit.backwards, ...unit.steps].map(({ event }) => event.route);
  if (routes.some((route) => route !== 'plain' && route !== 'scaler' && route !== 'two-step')) {
    return refused('The library that runs the step has its own way of scheduling.');
  }
  if (accumulates) {
    return refused('Several batches go into one step, so the number of steps is not that of the batches.');
  }
  const other = otherHands(optimizer, unit.owner, analysis);
  if (other !== null) {
    return refused(`Whether there is a schedule can't be told from this file: ${other}.`);
  }
  refuseStranger(step.event, analysis);
  refuseUnscheduled(step, unit, analysis);
  const { code, outermost } = runLength(unit, analysis);
  refuseBuiltAnew(step.event, analysis, outermost);
  check(optimizer, schedule.name, unit, analysis);
  const className = nameFor(schedule.className, unit.owner, analysis, edits);
  edits.insertBefore(outermost, [
    `${TOTAL} = ${code}`,
    `${schedule.name} = ${className}(${optimizer}, ${schedule.code})`,
  ]);
  edits.insertAfter(behindScaler(step.event.statement, unit), [`${schedule.name}.step()`]);
  return { kind: 'edited', notes: schedule.notes };
}

/** Whatever changes the rate already: a second schedule would fight with it. */
function scheduleOf({ isThere }: Schedule, { module, units, lines }: PythonAnalysis): LoopOutcome | null {
  const events = module.functions.flatMap((owner) => units.stream(owner)).map(({ event }) => event);
  const scheduled = events.find(({ kind }) => kind === 'schedule' || kind === 'set-rate');
  if (!scheduled) {
    return null;
  }
  const line = lines.lineAt(scheduled.node.start);
  const built = scheduled.target
    ? module.assignments.filter(({ target }) => lastPart(target) === lastPart(scheduled.target ?? ''))
    : [];
  const same = built.every(({ target, value }) => isThere(target, module.text.slice(value.start, value.end)));
  return scheduled.kind === 'schedule' && built.length > 0 && same
    ? { kind: 'already-there', line }
    : refused(`Something else sets the learning rate (line ${line + 1}): put the schedule in there.`);
}

function isOneOfSeveral(unit: TrainingUnit, { found }: PythonAnalysis): boolean {
  return found.some(({ origin }) => origin.kind === 'unit' && origin.unit !== unit);
}

function check(optimizer: string, scheduler: string, unit: TrainingUnit, analysis: PythonAnalysis): void {
  const { module } = analysis;
  const used = [scheduler, TOTAL].find((name) => module.assignments.some(({ target }) => target === name));
  if (used !== undefined) {
    throw new EditRefused(`The name ${used} is already used in this file.`);
  }
  if (!isVisible(optimizer, unit.owner, analysis)) {
    throw new EditRefused(`${optimizer} is built elsewhere.`);
  }
  if (restoresOptimizer(analysis)) {
    throw new EditRefused('Resuming restores the optimizer but would not restore the schedule: it would begin anew.');
  }
}
