import type { TagDescription } from './tagDescription.js';
import { bare, wordsOf, type TagName } from './tagName.js';

/** `lr-AdamW/pg1`, `lr/pg0`, `lr_group_2`, `head_lr`. */
export function learningRateGroup(name: TagName): TagDescription | undefined {
  const path = [...name.folders, name.leaf];
  const at = path.findIndex((part) => ['lr', 'learning'].includes(wordsOf(part)[0] ?? ''));
  if (at >= 0) {
    const first = (path[at] ?? '').replace(/^(lr|learning[ _-]?rate)[ _-]?/i, '');
    const group = [first, ...path.slice(at + 1)].filter((part) => part !== '').join('/');
    return /loss|norm|time|grad/i.test(group) || group === '' ? undefined : { role: `learning-rate/${group}` };
  }
  const words = name.leafWords;
  if (words.at(-1) === 'lr' && words.length > 1) {
    return { role: `learning-rate/${bare(words.slice(0, -1)).replaceAll(' ', '_') || 'all'}` };
  }
  return undefined;
}
