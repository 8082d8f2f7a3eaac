import { table } from '../../base/table.js';
import type { Role } from '../../model/role.js';

/** Whole tags whose words alone would mislead: names of one program. Written in lower case as logged. */
const WHOLE_TAGS = table<Role>({
  trl: 'train/loss',
  tel: 'eval/loss',
  norm: 'gradient-norm',
  epoch: 'epoch',
  epoch_loss: 'train/loss',
  epoch_accuracy: 'train/accuracy',
  epoch_learning_rate: 'learning-rate',
  // Bits per byte stand for the loss on held-out text, in another unit than the training loss.
  val_bpb: 'eval/bpb/loss',
  'val/bpb': 'eval/bpb/loss',
  eval_bpb: 'eval/bpb/loss',
  'eval/bpb': 'eval/bpb/loss',
  step_avg: 'step-time',
  step_time_ms: 'step-time',
  step_time: 'step-time',
  iter_time: 'step-time',
  'iteration-time': 'step-time',
  batch_time: 'step-time',
  batch_cost: 'step-time',
  avg_batch_cost: 'step-time',
  'clip-fraction': 'clip-fraction',
  ups: 'throughput',
});

/** The role of a tag that is known as a whole, without regard to case. */
export function wholeTagRole(tag: string): Role | undefined {
  return WHOLE_TAGS[tag.trim().toLowerCase()];
}
