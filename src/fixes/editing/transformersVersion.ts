/**
 * Arguments that transformers 5 no longer takes: who names one writes for version 4.
 * [run: transformers 5.18 TrainingArguments against 4.x]
 */
const ONLY_BEFORE_5 = [
  'warmup_ratio',
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

/** The major version of transformers that arguments are written for, as far as their names tell. */
export function transformersVersion(isNamed: (argument: string) => boolean): '4' | '5' | null {
  if (ONLY_BEFORE_5.some(isNamed)) {
    return '4';
  }
  return ONLY_SINCE_5.some(isNamed) ? '5' : null;
}

/**
 * Warmup where neither the length of the run nor the version of transformers shows: whole steps mean the same in every
 * version, and a hundred fit fine-tuning runs of a thousand steps and more.
 */
export const STEPS_OF_UNKNOWN_RUN = 100;

/** Why whole steps were written, for the user. */
export const WHOLE_STEPS_NOTE =
  `${STEPS_OF_UNKNOWN_RUN} whole steps, because a share of the run is spelled differently in transformers 4 and 5; ` +
  'name the version by the setting "transformers" to get a share.';

/** Schedules of transformers that don't look at the warmup [code transformers optimization.py]. */
export const WITHOUT_WARMUP: ReadonlySet<string> = new Set(['reduce_lr_on_plateau', 'greedy']);
