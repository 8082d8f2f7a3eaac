import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { addKeywords } from './callArguments.js';
import { quoteOf, type EditList } from './editList.js';
import { unscheduledSetting } from './unscheduled.js';

/** One of the schedules of transformers. */
export interface TrainerSchedule {
  /** Value of `lr_scheduler_type`. */
  readonly name: string;
  readonly recognised: RegExp;
  /** Its `lr_scheduler_kwargs` for so many steps; null where it can't do without their number. */
  readonly options: (steps: number | null) => readonly (readonly [string, number | string])[] | null;
  /** Steps of warmup that it needs, where the call has none. */
  readonly warmup: ((steps: number) => number) | null;
}

/** Why the optimizer that the arguments name takes no schedule; null where it does. */
export function unscheduledArguments(call: TrainingArgumentsCall['call'], { module }: PythonAnalysis): string | null {
  const optimizer = argumentValue(module.text, call, 'optim');
  return optimizer.kind === 'word' ? unscheduledSetting(optimizer.value) : null;
}

/** Sets `lr_scheduler_type` and `lr_scheduler_kwargs`. */
export function setTrainerSchedule(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  schedule: TrainerSchedule,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --lr_scheduler_type ${schedule.name} there.`);
  }
  if (module.calls.some(({ name, keywords }) => name.endsWith('Trainer') && keywords.has('optimizers'))) {
    return refused('The trainer is given an optimizer and a scheduler of its own: change the schedule there.');
  }
  const unscheduled = unscheduledArguments(call, analysis);
  if (unscheduled !== null) {
    return refused(unscheduled);
  }
  const node = call.keywords.get('lr_scheduler_type');
  const present = argumentValue(module.text, call, 'lr_scheduler_type');
  if (node && present.kind === 'word' && schedule.recognised.test(present.value)) {
    return { kind: 'already-there', line: lines.lineAt(node.start) };
  }
  if (call.spread || call.keywords.has('lr_scheduler_kwargs') || (node && present.kind !== 'word')) {
    return refused('Which schedule runs, and with which options, is not written out in this call.');
  }
  const total = argumentValue(module.text, call, 'max_steps');
  const steps = total.kind === 'number' && total.value > 0 ? total.value : null;
  const options = schedule.options(steps);
  if (options === null) {
    return refused(`transformers wants the steps of this schedule as numbers: set max_steps first.`);
  }
  const quote = quoteOf(module.text);
  const quoted = (word: number | string) => (typeof word === 'number' ? String(word) : quote + word + quote);
  const added = [
    `lr_scheduler_kwargs={${options.map(([key, value]) => `${quoted(key)}: ${quoted(value)}`).join(', ')}}`,
  ];
  if (node) {
    edits.replace(node, quoted(schedule.name));
  } else {
    added.unshift(`lr_scheduler_type=${quoted(schedule.name)}`);
  }
  if (schedule.warmup && steps !== null && !call.keywords.has('warmup_steps') && !call.keywords.has('warmup_ratio')) {
    added.push(`warmup_steps=${schedule.warmup(steps)}`);
  }
  addKeywords(call, added, analysis, edits);
  return { kind: 'edited', notes: [] };
}
