import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { PythonModule } from '../../loops/python/pythonModule.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { quoteOf, type EditList } from '../editing/editList.js';
import { addKeyword } from '../editing/callArguments.js';
import { refused, type LoopOutcome } from '../loopFix.js';

export interface ArgumentWarmup {
  /** Steps that the user asked for, null for a share of the run. */
  readonly steps: number | null;
  readonly ratio: number;
  /** Major version of transformers, or "auto". */
  readonly version: string;
}

/**
 * Arguments that transformers 5 no longer takes: a call that names one is written for version 4.
 * [run: transformers 5.18 TrainingArguments against 4.x]
 */
const ONLY_BEFORE_5 = [
  'evaluation_strategy',
  'overwrite_output_dir',
  'no_cuda',
  'logging_dir',
  'group_by_length',
  'per_gpu_train_batch_size',
  'per_gpu_eval_batch_size',
  'fp16_opt_level',
  'fp16_backend',
  'half_precision_backend',
  'use_mps_device',
  'jit_mode_eval',
  'torchdynamo',
  'ray_scope',
  'push_to_hub_model_id',
  'save_safetensors',
  'tpu_num_cores',
  'past_index',
  'include_inputs_for_metrics',
  'adafactor',
  'sharded_ddp',
  'use_ipex',
];

/** Arguments that came with version 5. */
const ONLY_SINCE_5 = ['train_sampling_strategy'];

/**
 * Warmup where neither the length of the run nor the version of transformers shows: whole steps mean the same in every
 * version, and a hundred fit fine-tuning runs of a thousand steps and more.
 */
const STEPS_OF_UNKNOWN_RUN = 100;

/** Schedules of transformers that don't look at the warmup [code transformers optimization.py]. */
const WITHOUT_WARMUP = new Set(['reduce_lr_on_plateau', 'greedy']);

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
  const constant = schedule.kind === 'word' && schedule.value === 'constant';
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
    notes: [
      `${STEPS_OF_UNKNOWN_RUN} whole steps, because a share of the run is spelled differently in transformers 4 and 5; ` +
        'name the version by the setting "transformers" to get a share.',
    ],
  };
}

function majorVersion(call: TrainingArgumentsCall['call'], module: PythonModule): string | null {
  const trainer = module.calls.find(({ name }) => name.endsWith('Trainer'));
  const isOld =
    call.keywords.has('warmup_ratio') ||
    ONLY_BEFORE_5.some((name) => call.keywords.has(name)) ||
    // Trainers take a processing_class instead since version 5.
    trainer?.keywords.has('tokenizer') === true;
  if (isOld) {
    return '4';
  }
  return ONLY_SINCE_5.some((name) => call.keywords.has(name)) ? '5' : null;
}
