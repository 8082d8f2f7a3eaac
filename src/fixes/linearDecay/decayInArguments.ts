import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { quoteOf, type EditList } from '../editing/editList.js';
import { unscheduledArguments } from '../editing/trainerSchedule.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/** transformers decays linearly unless `lr_scheduler_type` says otherwise, so mostly there is nothing to do. */
export function decayInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  share: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --lr_scheduler_type linear there.`);
  }
  const unscheduled = unscheduledArguments(call, analysis);
  if (unscheduled !== null) {
    return refused(unscheduled);
  }
  const node = call.keywords.get('lr_scheduler_type');
  const schedule = argumentValue(module.text, call, 'lr_scheduler_type');
  if (schedule.kind === 'absent' && call.spread) {
    return refused(`Arguments of ${className} come from outside this call; the schedule may be among them.`);
  }
  if (schedule.kind === 'expression' || schedule.kind === 'number') {
    return refused('Which schedule runs is worked out while the program runs.');
  }
  const isConstant = schedule.kind === 'word' && schedule.value.startsWith('constant');
  if (!node || !isConstant) {
    return { kind: 'already-there', line: lines.lineAt((node ?? call.node).start) };
  }
  if (share < 1) {
    return refused('For a decay over the last part alone, transformers wants its steps: use warmup_stable_decay.');
  }
  const quote = quoteOf(module.text.slice(node.start, node.end));
  edits.replace(node, `${quote}linear${quote}`);
  return { kind: 'edited', notes: [] };
}
