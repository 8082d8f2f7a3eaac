import type { SettingRole, SettingsDialect } from './settingsSource.js';

type Names = Readonly<Partial<Record<SettingRole, readonly string[]>>>;

/** Arguments of Hugging Face's Trainer [code transformers training_args.py]; the first name is what is written anew. */
const TRANSFORMERS: Names = {
  'learning-rate': ['learning_rate'],
  scheduler: ['lr_scheduler_type'],
  'scheduler-arguments': ['lr_scheduler_kwargs'],
  'warmup-steps': ['warmup_steps'],
  'warmup-ratio': ['warmup_ratio'],
  'max-grad-norm': ['max_grad_norm'],
  optimizer: ['optim'],
  'weight-decay': ['weight_decay'],
  beta1: ['adam_beta1'],
  beta2: ['adam_beta2'],
  epsilon: ['adam_epsilon'],
  bf16: ['bf16'],
  fp16: ['fp16'],
  'batch-size': ['per_device_train_batch_size', 'per_gpu_train_batch_size'],
  accumulation: ['gradient_accumulation_steps'],
  'max-steps': ['max_steps'],
  epochs: ['num_train_epochs'],
  seed: ['seed'],
};

/** [doc LLaMA-Factory examples/]: the Trainer's own names, beside `pure_bf16`. */
const LLAMA_FACTORY: Names = TRANSFORMERS;

/** [doc axolotl config reference]. */
const AXOLOTL: Names = {
  ...TRANSFORMERS,
  scheduler: ['lr_scheduler'],
  optimizer: ['optimizer'],
  'batch-size': ['micro_batch_size'],
  epochs: ['num_epochs'],
  'early-stopping': ['early_stopping_patience'],
};

/** Paths in the configuration of the LightningCLI [doc lightning cli]. */
const LIGHTNING: Names = {
  'learning-rate': [
    'optimizer.init_args.lr',
    'optimizer.lr',
    'model.init_args.lr',
    'model.init_args.learning_rate',
    'model.lr',
    'model.learning_rate',
  ],
  scheduler: ['lr_scheduler.class_path'],
  // What the limit means goes by the algorithm; without one it is the norm.
  'max-grad-norm': ['trainer.gradient_clip_val'],
  'clip-algorithm': ['trainer.gradient_clip_algorithm'],
  optimizer: ['optimizer.class_path'],
  'weight-decay': ['optimizer.init_args.weight_decay', 'model.init_args.weight_decay'],
  epsilon: ['optimizer.init_args.eps'],
  beta1: ['optimizer.init_args.betas.0'],
  beta2: ['optimizer.init_args.betas.1'],
  precision: ['trainer.precision'],
  'batch-size': ['data.init_args.batch_size', 'data.batch_size'],
  accumulation: ['trainer.accumulate_grad_batches'],
  'max-steps': ['trainer.max_steps'],
  epochs: ['trainer.max_epochs'],
  seed: ['seed_everything'],
};

/** Paths in configurations by which Hydra builds Lightning's Trainer and a module; the optimizer is the module's mostly. */
const HYDRA: Names = {
  ...LIGHTNING,
  'learning-rate': ['model.optimizer.lr', 'model.lr', 'model.learning_rate', 'optimizer.lr', 'optim.lr'],
  scheduler: ['model.scheduler._target_', 'scheduler._target_', 'lr_scheduler._target_'],
  optimizer: ['model.optimizer._target_', 'optimizer._target_'],
  'weight-decay': ['model.optimizer.weight_decay', 'model.weight_decay', 'optimizer.weight_decay'],
  epsilon: ['model.optimizer.eps', 'optimizer.eps'],
  beta1: ['model.optimizer.betas.0', 'optimizer.betas.0'],
  beta2: ['model.optimizer.betas.1', 'optimizer.betas.1'],
  'batch-size': ['data.batch_size', 'datamodule.batch_size'],
  seed: ['seed'],
};

/** Paths in a DeepSpeed configuration [doc deepspeed config-json]. */
const DEEPSPEED: Names = {
  'learning-rate': ['optimizer.params.lr', 'scheduler.params.warmup_max_lr'],
  scheduler: ['scheduler.type'],
  'warmup-steps': ['scheduler.params.warmup_num_steps'],
  'max-grad-norm': ['gradient_clipping'],
  optimizer: ['optimizer.type'],
  'decoupled-decay': ['optimizer.params.adam_w_mode'],
  'weight-decay': ['optimizer.params.weight_decay'],
  beta1: ['optimizer.params.betas.0'],
  beta2: ['optimizer.params.betas.1'],
  epsilon: ['optimizer.params.eps'],
  bf16: ['bf16.enabled'],
  fp16: ['fp16.enabled'],
  'loss-scale': ['fp16.loss_scale'],
  'initial-scale-power': ['fp16.initial_scale_power'],
  'loss-scale-window': ['fp16.loss_scale_window'],
  'min-loss-scale': ['fp16.min_loss_scale'],
  'batch-size': ['train_micro_batch_size_per_gpu'],
  'global-batch-size': ['train_batch_size'],
  accumulation: ['gradient_accumulation_steps'],
};

/** What `accelerate config` writes [doc accelerate: the command line]. */
const ACCELERATE: Names = {
  precision: ['mixed_precision'],
  'max-grad-norm': ['deepspeed_config.gradient_clipping'],
  accumulation: ['deepspeed_config.gradient_accumulation_steps'],
};

/** Options of other training scripts (Megatron-LM, timm, torchvision's references, nanoGPT): read, never added. */
const OTHER: Names = {
  'learning-rate': ['learning_rate', 'lr', 'base_lr', 'max_lr'],
  scheduler: ['lr_scheduler_type', 'lr_scheduler', 'sched', 'lr_decay_style', 'scheduler'],
  'warmup-steps': ['warmup_steps', 'lr_warmup_iters', 'warmup_iters', 'num_warmup_steps', 'lr_warmup_steps'],
  'warmup-ratio': ['warmup_ratio', 'lr_warmup_fraction'],
  'max-grad-norm': [
    'max_grad_norm',
    'clip_grad',
    'grad_clip',
    'clip_grad_norm',
    'gradient_clip_val',
    'gradient_clipping',
  ],
  optimizer: ['optim', 'optimizer', 'opt'],
  'weight-decay': ['weight_decay', 'wd'],
  beta1: ['adam_beta1', 'beta1'],
  beta2: ['adam_beta2', 'beta2'],
  epsilon: ['adam_epsilon', 'adam_eps', 'opt_eps', 'eps'],
  bf16: ['bf16'],
  fp16: ['fp16'],
  precision: ['precision', 'mixed_precision'],
  'batch-size': ['batch_size', 'micro_batch_size', 'train_batch_size', 'per_device_train_batch_size'],
  accumulation: ['gradient_accumulation_steps', 'accumulate_grad_batches', 'grad_accum_steps'],
  'max-steps': ['max_steps', 'train_iters', 'max_iters', 'max_train_steps'],
  epochs: ['epochs', 'num_train_epochs', 'max_epochs', 'num_epochs'],
  seed: ['seed'],
};

/** Names of every program for each role. */
export const SETTING_NAMES: Readonly<Record<SettingsDialect, Names>> = {
  transformers: TRANSFORMERS,
  'llama-factory': LLAMA_FACTORY,
  axolotl: AXOLOTL,
  lightning: LIGHTNING,
  hydra: HYDRA,
  deepspeed: DEEPSPEED,
  accelerate: ACCELERATE,
  other: OTHER,
};

/** Names of the Trainer's arguments that few others use: one of them tells that settings are meant for it. */
const TRAINER_NAMES: readonly string[] = [
  'per_device_train_batch_size',
  'per_device_eval_batch_size',
  'num_train_epochs',
  'lr_scheduler_type',
  'gradient_checkpointing_kwargs',
  'save_total_limit',
  'eval_strategy',
  'evaluation_strategy',
  'load_best_model_at_end',
];

/**
 * Names that the Trainer does not know: the example scripts of transformers without it, of diffusers and Megatron-LM
 * share many of its names, and fail on an argument of the rest.
 */
const FOREIGN_NAMES: readonly string[] = [
  'num_warmup_steps',
  'lr_warmup_steps',
  'lr_warmup_iters',
  'lr_scheduler',
  'lr_decay_style',
  'lr_decay_iters',
  'max_train_steps',
  'train_iters',
  'train_batch_size',
  'micro_batch_size',
  'mixed_precision',
  'adam_eps',
  'resolution',
];

/** Whether settings of these names are meant for Hugging Face's Trainer. */
export function isForTrainer(names: ReadonlySet<string>): boolean {
  return TRAINER_NAMES.some((name) => names.has(name)) && !FOREIGN_NAMES.some((name) => names.has(name));
}
