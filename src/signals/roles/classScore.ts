import type { TagDescription } from './tagDescription.js';
import { withoutPhase, type TagName } from './tagName.js';

/** Scores between 0 and 1 that are given for each class; the higher the better. */
const SCORES: ReadonlySet<string> = new Set([
  'acc',
  'accuracy',
  'ap',
  'dice',
  'f1',
  'iou',
  'precision',
  'recall',
  'score',
]);
/** Words beside them that say nothing of which class it is. */
const NOT_A_CLASS: ReadonlySet<string> = new Set([
  'average',
  'avg',
  'balanced',
  'macro',
  'max',
  'mean',
  'micro',
  'min',
  'per',
  'std',
  'weighted',
]);

/** The score of one class: `val/acc_class_3`, `class_recall/cat`, `per_class_accuracy/dog`. */
export function classScore(tagName: TagName): TagDescription | undefined {
  const words = withoutPhase(tagName.words);
  if (!words.includes('class') || !words.some((word) => SCORES.has(word))) {
    return undefined;
  }
  const name = words.filter((word) => word !== 'class' && !SCORES.has(word) && !NOT_A_CLASS.has(word));
  return name.length === 0 ? undefined : { role: `class-score/${name.join('_')}` };
}
