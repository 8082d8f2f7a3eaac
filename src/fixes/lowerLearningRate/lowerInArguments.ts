import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import type { EditList } from '../editing/editList.js';
import { numberSource } from '../editing/numberSource.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { lowerDefault, lowerNumber, type Aim } from './lowerNumber.js';

/** `learning_rate` of TrainingArguments when the call doesn't name it [code transformers training_args.py]. */
const DEFAULT_LEARNING_RATE = 5e-5;

/** Classes that keep that default; those of TRL have their own. */
const WITH_DEFAULT = new Set(['TrainingArguments', 'Seq2SeqTrainingArguments']);

export function lowerInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  aim: Aim,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass a smaller --learning_rate there.`);
  }
  if (analysis.module.calls.some(({ name, keywords }) => name.endsWith('Trainer') && keywords.has('optimizers'))) {
    return refused('The trainer is given an optimizer of its own; lower the learning rate there.');
  }
  const node = call.keywords.get('learning_rate');
  if (node) {
    const source = numberSource(node, call.owner, analysis);
    return source
      ? lowerNumber(source, aim, analysis, edits)
      : refused('The learning rate comes from elsewhere: lower it there.');
  }
  if (call.spread || !WITH_DEFAULT.has(className)) {
    return refused(`Which learning rate ${className} gets can't be told from this call; pass learning_rate.`);
  }
  return lowerDefault(call, 'learning_rate', DEFAULT_LEARNING_RATE, aim, analysis, edits);
}
