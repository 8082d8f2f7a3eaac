import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { PythonModule } from '../../loops/python/pythonModule.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { quoteOf, type EditList } from '../editing/editList.js';
import { addKeyword } from '../editing/callArguments.js';
import {
  STEPS_OF_UNKNOWN_RUN,
  transformersVersion,
  WHOLE_STEPS_NOTE,
  WITHOUT_WARMUP,
} from '../editing/transformersVersion.js';
import { unscheduledArguments } from '../editing/trainerSchedule.js';
import { refused, type LoopOutcome } from '../loopFix.js';

export interface ArgumentWarmup {
  /** Steps that the user asked for, null for a share of the run. */
  readonly steps: number | null;
  readonly ratio: number;
  /** Major version of transformers, or "auto". */
  readonly version: string;
}

export function warmUpInArguments(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  warmup: ArgumentWarmup,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --warmup_steps there.`);
  }
  const { module, lines } = analysis;
  if (module.calls.some(({ name, keywords }) => name.endsWith('Trainer') && keywords.has('optimizers'))) {
    return refused('The trainer is given an optimizer and a scheduler of its own; warm that scheduler up.');
  }
  const schedule = argumentValue(module.text, call, 'lr_scheduler_type');
  if (schedule.kind === 'word' && WITHOUT_WARMUP.has(schedule.value)) {
    return refused(`The schedule ${schedule.value} has no warmup.`);
  }
  const present = ['warmup_ratio', 'warmup_steps'].map((name) => ({
    name,
    value: argumentValue(module.text, call, name),
  }));
  const active = present.find(
    ({ value }) => value.kind === 'expression' || (value.kind === 'number' && value.value > 0),
  );
  // Schedule-free optimizers are told of the warmup themselves [code transformers trainer.py].
  const constant =
    schedule.kind === 'word' && schedule.value === 'constant' && unscheduledArguments(call, analysis) === null;
  if (active && !constant) {
    return { kind: 'already-there', line: lines.lineAt(call.keywords.get(active.name)?.start ?? call.node.start) };
  }
  if (!active && call.spread) {
    return refused(`Arguments of ${className} come from outside this call; the warmup may be among them.`);
  }
  const schedulerNode = call.keywords.get('lr_scheduler_type');
  if (constant && schedulerNode) {
    const quote = quoteOf(module.text.slice(schedulerNode.start, schedulerNode.end));
    edits.replace(schedulerNode, `${quote}constant_with_warmup${quote}`);
  }
  return active ? { kind: 'edited', notes: [] } : writeWarmup(call, present, warmup, analysis, edits);
}

function writeWarmup(
  call: TrainingArgumentsCall['call'],
  present: readonly { readonly name: string; readonly value: { readonly kind: string } }[],
  warmup: ArgumentWarmup,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const { code, notes } = spelling(call, warmup, analysis);
  const zero = present.filter(({ value }) => value.kind !== 'absent');
  const [name, value] = code.split('=') as [string, string];
  const same = zero.find((argument) => argument.name === name);
  const node = same && call.keywords.get(same.name);
  if (node) {
    edits.replace(node, value);
  } else {
    addKeyword(call, code, analysis, edits);
  }
  return { kind: 'edited', notes };
}

/** Whole steps mean the same in every version; a share is spelled differently before and since version 5. */
function spelling(
  call: TrainingArgumentsCall['call'],
  { steps, ratio, version }: ArgumentWarmup,
  { module }: PythonAnalysis,
): { readonly code: string; readonly notes: readonly string[] } {
  if (steps !== null) {
    return { code: `warmup_steps=${steps}`, notes: [] };
  }
  const total = argumentValue(module.text, call, 'max_steps');
  if (total.kind === 'number' && total.value > 0) {
    return { code: `warmup_steps=${Math.max(1, Math.round(total.value * ratio))}`, notes: [] };
  }
  const major = version === 'auto' ? majorVersion(call, module) : version;
  if (major !== null) {
    return { code: major === '4' ? `warmup_ratio=${ratio}` : `warmup_steps=${ratio}`, notes: [] };
  }
  return {
    code: `warmup_steps=${STEPS_OF_UNKNOWN_RUN}`,
    notes: [WHOLE_STEPS_NOTE],
  };
}

function majorVersion(call: TrainingArgumentsCall['call'], module: PythonModule): string | null {
  const trainer = module.calls.find(({ name }) => name.endsWith('Trainer'));
  // Trainers take a processing_class instead since version 5.
  return trainer?.keywords.has('tokenizer') === true ? '4' : transformersVersion((name) => call.keywords.has(name));
}
