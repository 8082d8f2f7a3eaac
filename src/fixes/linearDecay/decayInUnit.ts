import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { otherHands } from '../addWarmup/otherHands.js';
import { behindScaler } from '../addWarmup/warmUpInUnit.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { isVisible } from '../editing/visibleNames.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { runLength } from './runLength.js';

const SCHEDULER = 'decay_scheduler';
const TOTAL = 'total_steps';

/** A scheduler in front of the outermost loop, stepped with the optimizer. */
export function decayInUnit(
  unit: TrainingUnit,
  accumulates: boolean,
  share: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const [step, ...others] = unit.steps;
  const optimizer = step?.event.target;
  const there = scheduleOf(analysis);
  if (there) {
    return there;
  }
  if (!step || !optimizer || others.length > 0 || isOneOfSeveral(unit, analysis)) {
    return refused('Several steps or optimizers: which of them the decay is for has to be decided by hand.');
  }
  const routes = [...unit.backwards, ...unit.steps].map(({ event }) => event.route);
  if (routes.some((route) => route !== 'plain' && route !== 'scaler')) {
    return refused('The library that runs the step has its own way of scheduling.');
  }
  if (accumulates) {
    return refused('Several batches go into one step, so the number of steps is not that of the batches.');
  }
  const other = otherHands(optimizer, unit.owner, analysis);
  if (other !== null) {
    return refused(`Whether there is a schedule can't be told from this file: ${other}.`);
  }
  const { code, outermost } = runLength(unit, analysis);
  check(optimizer, unit, analysis);
  const lambda = nameFor('torch.optim.lr_scheduler.LambdaLR', unit.owner, analysis, edits);
  edits.insertBefore(outermost, [
    `${TOTAL} = ${code}`,
    `${SCHEDULER} = ${lambda}(${optimizer}, lambda step: ${factor(share)})`,
  ]);
  edits.insertAfter(behindScaler(step.event.statement, unit), [`${SCHEDULER}.step()`]);
  return { kind: 'edited', notes: ['A run that is resumed needs the state of the scheduler as well.'] };
}

/** Factor of the learning rate, as code. */
function factor(share: number): string {
  return share === 1
    ? `max(0.0, 1 - step / ${TOTAL})`
    : `min(1.0, max(0.0, (${TOTAL} - step) / (${share} * ${TOTAL})))`;
}

/** Schedules that only rise; everything else lowers the rate at some time. */
const RISING = /warm_?up|ConstantLR|get_constant/i;

/** Whatever changes the rate already: a second schedule would fight with it. */
function scheduleOf({ module, units, lines }: PythonAnalysis): LoopOutcome | null {
  const events = module.functions.flatMap((owner) => units.stream(owner)).map(({ event }) => event);
  const scheduled = events.find(({ kind }) => kind === 'schedule' || kind === 'set-rate');
  if (!scheduled) {
    return null;
  }
  const line = lines.lineAt(scheduled.node.start);
  const built = scheduled.target
    ? module.assignments.filter(({ target }) => lastPart(target) === lastPart(scheduled.target ?? ''))
    : [];
  const rises = built.some(
    ({ target, value }) => RISING.test(target) || RISING.test(module.text.slice(value.start, value.end)),
  );
  return scheduled.kind === 'schedule' && built.length > 0 && !rises
    ? { kind: 'already-there', line }
    : refused(`Something else sets the learning rate (line ${line + 1}): put the decay in there.`);
}

function isOneOfSeveral(unit: TrainingUnit, { found }: PythonAnalysis): boolean {
  return found.some(({ origin }) => origin.kind === 'unit' && origin.unit !== unit);
}

function check(optimizer: string, unit: TrainingUnit, analysis: PythonAnalysis): void {
  const { module, units } = analysis;
  const used = [SCHEDULER, TOTAL].find((name) => module.assignments.some(({ target }) => target === name));
  if (used !== undefined) {
    throw new EditRefused(`The name ${used} is already used in this file.`);
  }
  if (!isVisible(optimizer, unit.owner, analysis)) {
    throw new EditRefused(`${optimizer} is built elsewhere.`);
  }
  const restores = module.calls.some(
    ({ name, receiver }) =>
      name === 'load_state_dict' &&
      receiver !== null &&
      units.objects.kindOf(module.text.slice(receiver.start, receiver.end)) === 'optimizer',
  );
  if (restores) {
    throw new EditRefused('Resuming restores the optimizer but would not restore the schedule: it would begin anew.');
  }
}
