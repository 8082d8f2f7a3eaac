import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { addKeywords } from '../editing/callArguments.js';
import { EditRefused, quoteOf, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { addCallback, soleTrainer } from '../editing/trainerCallback.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const CALLBACK = 'EarlyStoppingCallback';

/** `save_steps` and `logging_steps` of TrainingArguments when the call doesn't name them [code training_args.py]. */
const DEFAULT_STEPS = 500;

/** The callback goes to the Trainer; the arguments have to evaluate, save and keep the best. */
export function stopInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  patience: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.calls.find(({ name }) => name === CALLBACK);
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  if (fromCommandLine || call.spread) {
    return refused(
      `Arguments of ${className} come from outside this file; early stopping needs evaluation among them.`,
    );
  }
  const trainer = soleTrainer(analysis);
  addKeywords(call, savingArguments(call, analysis), analysis, edits);
  const callback = nameFor(`transformers.${CALLBACK}`, trainer.owner, analysis, edits);
  addCallback(trainer, `${callback}(early_stopping_patience=${patience})`, analysis, edits);
  return {
    kind: 'edited',
    notes: ['Patience counts evaluations: how long that is hangs on how often the run evaluates.'],
  };
}

/** What has to be added so that the best checkpoint exists and is loaded in the end. */
function savingArguments(call: LocatedCall, { module }: PythonAnalysis): readonly string[] {
  const quote = quoteOf(module.text);
  const word = (name: string) => {
    const value = argumentValue(module.text, call, name);
    return value.kind === 'absent' ? null : value.kind === 'word' ? value.value : 'unknown';
  };
  const evaluates = word('eval_strategy') ?? word('evaluation_strategy') ?? 'no';
  if (evaluates !== 'steps' && evaluates !== 'epoch') {
    throw new EditRefused('Without evaluation during the run nothing shows when to stop: set eval_strategy first.');
  }
  const saves = word('save_strategy');
  const added: string[] = [];
  if (saves !== 'best' && saves !== evaluates && !(saves === null && evaluates === 'steps')) {
    if (saves !== null) {
      throw new EditRefused(
        `The best checkpoint can only be kept when the run saves as often as it evaluates: set save_strategy to ${evaluates}.`,
      );
    }
    added.push(`save_strategy=${quote}${evaluates}${quote}`);
  }
  if (evaluates === 'steps' && saves !== 'best') {
    added.push(...savingSteps(call, module.text));
  }
  const keeps = word('load_best_model_at_end');
  if (keeps !== null && keeps !== 'true') {
    throw new EditRefused(
      'load_best_model_at_end is set to something else: early stopping goes back to the best model.',
    );
  }
  return keeps === null ? [...added, 'load_best_model_at_end=True'] : added;
}

/** Saving happens at evaluations only: its steps have to be a multiple of theirs. */
function savingSteps(call: LocatedCall, text: string): readonly string[] {
  const steps = (name: string) => {
    const value = argumentValue(text, call, name);
    return value.kind === 'absent' ? null : value.kind === 'number' && value.value >= 1 ? value.value : Number.NaN;
  };
  const evaluation = steps('eval_steps') ?? steps('logging_steps') ?? DEFAULT_STEPS;
  const saving = steps('save_steps');
  if ((saving ?? DEFAULT_STEPS) % evaluation === 0) {
    return [];
  }
  if (saving !== null || Number.isNaN(evaluation)) {
    throw new EditRefused('The best checkpoint can only be kept when save_steps is a multiple of eval_steps.');
  }
  return [`save_steps=${evaluation}`];
}
