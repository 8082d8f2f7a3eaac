/**
 * What DeepSpeed documents of its JSON configuration [https://www.deepspeed.ai/docs/config-json], as far as fixes write
 * into it. "auto" is the integration with Hugging Face's Trainer.
 */
type Check = (value: unknown) => boolean;

const isAuto: Check = (value) => value === 'auto';
const float: Check = (value) => isAuto(value) || typeof value === 'number';
const whole: Check = (value) => isAuto(value) || (typeof value === 'number' && Number.isInteger(value));
const flag: Check = (value) => isAuto(value) || typeof value === 'boolean';
const word =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);

const SCHEMA: Readonly<Record<string, Check>> = {
  train_batch_size: whole,
  train_micro_batch_size_per_gpu: whole,
  gradient_accumulation_steps: whole,
  gradient_clipping: float,
  'optimizer.type': word('Adam', 'AdamW', 'OneBitAdam', 'Lamb', 'OneBitLamb'),
  'optimizer.params.lr': float,
  'optimizer.params.betas': (value) =>
    isAuto(value) || (Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number')),
  'optimizer.params.eps': float,
  'optimizer.params.weight_decay': float,
  'optimizer.params.torch_adam': flag,
  'optimizer.params.adam_w_mode': flag,
  'scheduler.type': word('LRRangeTest', 'OneCycle', 'WarmupLR', 'WarmupDecayLR', 'WarmupCosineLR'),
  'scheduler.params.warmup_min_lr': float,
  'scheduler.params.warmup_max_lr': float,
  'scheduler.params.warmup_num_steps': whole,
  'scheduler.params.warmup_type': word('log', 'linear'),
  'scheduler.params.total_num_steps': whole,
  'fp16.enabled': flag,
  'fp16.auto_cast': flag,
  'fp16.loss_scale': float,
  'fp16.initial_scale_power': whole,
  'fp16.loss_scale_window': whole,
  'fp16.hysteresis': whole,
  'fp16.consecutive_hysteresis': flag,
  'fp16.min_loss_scale': whole,
  'bf16.enabled': flag,
  'zero_optimization.stage': whole,
};

/** What of a configuration DeepSpeed would not take. */
export function deepSpeedErrors(text: string): readonly string[] {
  const configuration = JSON.parse(text) as Record<string, unknown>;
  const errors = leaves(configuration).flatMap(([path, value]) => {
    const check = SCHEMA[path];
    return check === undefined ? [`${path} is not known`] : check(value) ? [] : [`${path} is ${JSON.stringify(value)}`];
  });
  const isOn = (section: string) => (configuration[section] as { enabled?: unknown } | undefined)?.enabled === true;
  const size = (name: string) => (typeof configuration[name] === 'number' ? configuration[name] : null);
  const fixedSize = size('train_batch_size') !== null && size('train_micro_batch_size_per_gpu') !== null;
  return [
    ...errors,
    ...(isOn('fp16') && isOn('bf16') ? ['fp16 and bf16 exclude each other'] : []),
    ...(fixedSize && size('gradient_accumulation_steps') !== null ? ['the batch sizes contradict each other'] : []),
  ];
}

function leaves(value: Readonly<Record<string, unknown>>, above = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner as Record<string, unknown>, `${above}${name}.`)
      : [[above + name, inner] as const],
  );
}
