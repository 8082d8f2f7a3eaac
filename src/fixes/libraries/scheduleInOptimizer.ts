import { textOf } from '../../loops/python/expressions.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import { EditRefused } from '../editing/editList.js';
import { addHelper, helperFrom } from '../editing/helperFunction.js';
import { TOTAL } from '../editing/scheduleInUnit.js';
import { refused, type LoopContext, type LoopFix, type LoopOutcome } from '../loopFix.js';
import { kerasRoot, type KerasOptimizer } from './kerasOptimizer.js';
import { givenRate } from './learningRate.js';
import type { OptaxOptimizer } from './optaxOptimizer.js';
import { onOptimizers } from './optimizerChange.js';
import { stepsOfRun } from './runSteps.js';

/** What the code of a schedule is put together from. */
export interface ScheduleParts {
  /** The full rate, as code. */
  readonly rate: string;
  /** The number of all steps, as code. */
  readonly total: string;
  /** How the file writes a schedule of the library. */
  readonly name: (schedule: string) => string;
  /** The package of Keras in this file. */
  readonly package: string;
  /** Puts a function or class into the file. */
  readonly helper: (source: string) => void;
  /** @throws EditRefused always */
  readonly refuse: (reason: string) => never;
}

/** A schedule over the whole run in libraries whose optimizers take one as their learning rate. */
export interface LibrarySchedule {
  readonly keras: (parts: ScheduleParts) => string;
  readonly optax: (parts: ScheduleParts) => string;
  /** Whether a schedule does the same already, by the code that builds it. */
  readonly isThere: (schedule: string) => boolean;
  readonly notes: readonly string[];
}

/** Handlers for such a schedule. */
export function scheduleInLibraries(schedule: LibrarySchedule): Pick<LoopFix, 'keras' | 'functional' | 'tfjs'> {
  return onOptimizers({
    keras: (optimizer, context) => give(optimizer, schedule.keras, schedule, context),
    optax: (optimizer, context) => give(optimizer, schedule.optax, schedule, context),
    without: { tfjs: 'TensorFlow.js has no schedules: set the learning rate in the loop.' },
  });
}

/** Callbacks and calls that set the rate of Keras's optimizer: it must be a number for them. */
const SETTERS = /^(LearningRateScheduler|ReduceLROnPlateau)$/;
const SET_BY_HAND = /\.(lr|learning_rate)\.assign\(|\.(lr|learning_rate) = |set_value\([\w.]*\.(lr|learning_rate)/;

/**
 * The line on which the rate of the optimizer is set while the run goes on.
 */
export function rateSetter({ module, lines }: LoopContext['analysis']): number | null {
  const call = module.calls.find(({ name }) => SETTERS.test(name));
  const byHand = SET_BY_HAND.exec(module.text);
  return call ? lines.lineAt(call.node.start) : byHand ? lines.lineAt(byHand.index) : null;
}

function give(
  optimizer: KerasOptimizer | OptaxOptimizer,
  codeOf: (parts: ScheduleParts) => string,
  schedule: LibrarySchedule,
  context: LoopContext,
): LoopOutcome {
  const { analysis, edits, found, loop } = context;
  const { module, lines } = analysis;
  const isKeras = 'className' in optimizer;
  const unscheduled = isKeras ? null : optimizer.unscheduledReason();
  if (unscheduled !== null) {
    return refused(unscheduled);
  }
  const node = optimizer.argument('learning_rate');
  const scope = module.ownerOf(optimizer.node);
  const given = givenRate(node, scope, analysis);
  const setter = rateSetter(analysis);
  if (given.kind === 'schedule') {
    const line = lines.lineAt(given.call.node.start);
    return schedule.isThere(textOf(module.text, given.call.node))
      ? { kind: 'already-there', line }
      : refused(`Something else sets the learning rate (line ${line + 1}): put the schedule in there.`);
  }
  if (setter !== null || given.kind === 'unknown') {
    return refused(
      `Something else sets the learning rate (line ${(setter ?? optimizer.line) + 1}): put the schedule in there.`,
    );
  }
  if (found.places.optimizers.length > 1 || loop.accumulation) {
    return refused(
      'Several optimizers, or several batches in one step: how many steps each takes is to be decided by hand.',
    );
  }
  const statement = statementOf(optimizer.node);
  const steps = stepsOfRun(context, statement);
  if (module.assignments.some(({ target }) => target === TOTAL)) {
    throw new EditRefused(`The name ${TOTAL} is already used in this file.`);
  }
  const code = codeOf({
    rate: node ? textOf(module.text, node) : isKeras ? String(optimizer.usualRate) : '1.0',
    total: TOTAL,
    name: (name) => optimizer.name(isKeras ? `optimizers.schedules.${name}` : name),
    package: kerasRoot(analysis),
    helper: (source) => {
      addHelper(helperFrom(source, analysis, edits), analysis, edits);
    },
    refuse: (reason) => {
      throw new EditRefused(reason);
    },
  });
  edits.insertBefore(statement, [`${TOTAL} = ${steps}`]);
  optimizer.give([['learning_rate', code]]);
  return { kind: 'edited', notes: schedule.notes };
}
