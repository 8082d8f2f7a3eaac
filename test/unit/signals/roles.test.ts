import { describe, expect, it } from 'vitest';
import { describeTag, roleOf } from '../../../src/signals/roles.js';

const TABLE: readonly (readonly [role: string, ...tags: string[]])[] = [
  [
    'train/loss',
    'loss',
    'train_loss',
    'train/loss',
    'Loss/train',
    'training_loss',
    'trainLoss',
    'total_loss',
    'lm loss',
    'lm-loss-training/lm loss',
    'Cost',
    'trl',
    'train loss',
    'train/loss_step',
    'train_loss_epoch',
    'avg_train_loss',
    'avg_loss',
    'train/epoch_loss',
    'train/step_loss',
    'train_inner/loss',
    'metrics/loss',
    'epoch_loss',
  ],
  [
    'eval/loss',
    'val_loss',
    'eval_loss',
    'validation/loss',
    'val loss',
    'Loss/val',
    'tel',
    'valid/loss',
    'test_loss',
    'validation/epoch_loss',
    'lm loss validation',
    'valid/ce-mean-words',
    'dev/loss',
  ],
  ['eval/mnli_mm/loss', 'eval_mnli_mm_loss', 'eval/mnli_mm_loss'],
  ['eval/box/loss', 'val/box_loss'],
  ['train/accuracy', 'accuracy', 'acc', 'train_acc', 'train/accuracy', 'sparse_categorical_accuracy', 'top1_acc'],
  ['eval/accuracy', 'val_accuracy', 'eval_accuracy', 'validation/epoch_accuracy', 'Accuracy/test', 'val_acc'],
  [
    'learning-rate',
    'lr',
    'learning_rate',
    'L.r.',
    'train/learning_rate',
    'learning rate',
    'learning-rate/learning-rate',
    'optim/lr',
  ],
  ['learning-rate/AdamW', 'lr-AdamW'],
  ['learning-rate/AdamW/pg1', 'lr-AdamW/pg1'],
  ['learning-rate/pg0', 'lr/pg0'],
  ['learning-rate/head', 'head_lr'],
  [
    'gradient-norm',
    'grad_norm',
    'gnorm',
    'gNorm',
    'norm',
    'train/grad_norm',
    'global_grad_norm',
    'grad norm',
    'gradient_norm',
    'GradNorm',
    'grad_2.0_norm_total',
    'actor/grad_norm',
  ],
  ['gradient-norm/clipped', 'clipped_grad_norm', 'grad_norm_clipped', 'gradient norm after clipping'],
  ['gradient-norm/layers/0', 'layers/0/grad_norm'],
  [
    'gradient-norm/model.layers.7.mlp.weight',
    'grad_norm/model.layers.7.mlp.weight',
    'gradients/model.layers.7.mlp.weight',
  ],
  ['weight-norm/fc.weight', 'weight_norm/fc.weight'],
  ['update-ratio/fc.weight', 'update_ratio/fc.weight'],
  ['activation/block.3/rms', 'activations/block.3/rms'],
  ['attention-logit/3', 'max_attention_logit/3'],
  ['loss-scale', 'loss scale', 'loss_scale', 'train/loss_scale'],
  [
    'reward',
    'reward',
    'rollout/ep_rew_mean',
    'train/reward',
    'critic/rewards/mean',
    'episode_reward',
    'charts/episodic_return',
  ],
  ['reward-std', 'reward_std', 'train/reward_std', 'rewards_std'],
  ['zero-variance-groups', 'frac_reward_zero_std', 'train/frac_reward_zero_std'],
  ['completion-length', 'completion_length', 'completions/mean_length', 'response_length/mean'],
  ['other', 'response_length/max', 'eval/reward_std'],
  ['kl', 'kl', 'train/kl', 'approx_kl', 'train/approx_kl'],
  ['entropy', 'entropy', 'train/entropy', 'policy_entropy'],
  ['throughput', 'tokens_per_second', 'wps', 'fps', 'train_samples_per_second', 'time/fps'],
  ['step-time', 'step_time_ms', 'step_avg', 'elapsed time per iteration (ms)', 'iteration-time', 'batch_time'],
  ['epoch', 'epoch', 'train/epoch'],
  ['tokens', 'tokens', 'tokens_seen', 'num_input_tokens_seen'],
  ['gpu/0/temp', 'system/gpu.0.temp', 'gpu/0/temp'],
  [
    'other',
    'loss_cls',
    'loss_bbox',
    'aux_loss',
    'train/aux_loss',
    'train/value_loss',
    'd_loss',
    'train/g_loss',
    'memory',
    'lm loss vs samples',
    'mfu',
    'ppl',
    'eval/mean_reward',
    'accuracy/bin_3/wrong_folder_name',
    'train/policy_gradient_loss',
    'data_time',
    'num-zeros',
    'weight_decay',
    'best_val_loss',
    'val_loss_std',
    'score',
    'validation/evaluation_loss_vs_iterations',
  ],
];

describe('roles of tags', () => {
  for (const [role, ...tags] of TABLE) {
    it.each(tags)(`%s is ${role}`, (tag) => {
      expect(roleOf(tag, {})).toBe(role);
    });
  }

  it('marks the parts of a training loss', () => {
    expect(describeTag('train/box_loss', {})).toEqual({ role: 'train/loss', component: true });
    expect(describeTag('train/loss', {})).toEqual({ role: 'train/loss', component: false });
  });

  it('lets overrides win, whole names and globs', () => {
    const overrides = { my_number: 'train/loss', 'blocks/*/g': 'gradient-norm/x', LOSS: 'other' };
    expect(roleOf('my_number', overrides)).toBe('train/loss');
    expect(roleOf('blocks/3/attn/g', overrides)).toBe('gradient-norm/x');
    expect(roleOf('loss', overrides)).toBe('other');
    expect(roleOf('blocks/3/attn/gg', overrides)).toBe('other');
  });
});
