import type { Role } from '../../model/role.js';
import { ownerFolders } from './folders.js';
import { partOfLoss } from './partOfLoss.js';
import { quantityOf } from './quantities.js';
import type { TagDescription } from './tagDescription.js';
import { wordsOf, type Phase, type TagName } from './tagName.js';

/** Folders in which a "clip ratio" is the share of texts cut off at the longest length. */
const TRUNCATED = /response|completion|prompt/i;

/** The quantity a tag names as a whole, or with its leaf alone under folders that say nothing else. */
export function quantityRole(name: TagName): TagDescription | undefined {
  const last = name.folders.at(-1);
  const byPath = last === undefined ? undefined : quantityOf([...wordsOf(last), ...name.leafWords]);
  const whole = quantityOf(name.words);
  const quantity = whole ?? byPath ?? quantityOf(name.leafWords);
  if (quantity === undefined) {
    return undefined;
  }
  const owner = byPath === undefined ? ownerFolders(name.folders) : ownerFolders(name.folders.slice(0, -1));
  const named = whole !== undefined ? [] : owner;
  const isEvaluation = name.phase === 'eval';
  switch (quantity) {
    case 'loss':
      return lossRole(name.phase, named);
    case 'accuracy':
      return { role: accuracyRole(name.phase, named) };
    case 'reconstruction':
      return isEvaluation ? (partOfLoss(name) ?? { role: 'other' }) : { ...partOfLoss(name), role: quantity };
    case 'policy-clip-fraction':
      return { role: isEvaluation || TRUNCATED.test(name.folders.join('/')) ? 'other' : quantity };
    // Of the whole model, or of one of its tensors, layers or groups.
    case 'attention-logit':
    case 'gradient-cosine':
    case 'gradient-norm':
    case 'learning-rate':
    case 'weight-norm':
      return { role: [quantity, ...named].join('/') };
    // Of the whole training alone.
    case 'objective-setting':
    case 'step-time':
      return { role: isEvaluation || named.length > 0 ? 'other' : quantity };
    // The same in training and in evaluation.
    case 'epoch':
    case 'log-z':
    case 'loss-scale':
    case 'throughput':
    case 'tokens':
      return { role: quantity };
    default:
      return { role: isEvaluation ? 'other' : quantity };
  }
}

function lossRole(phase: Phase | undefined, owner: readonly string[]): TagDescription {
  if (phase === 'eval') {
    return { role: owner.length > 0 ? `eval/${owner.join('/')}/loss` : 'eval/loss' };
  }
  return owner.length > 0 ? { role: 'other' } : { role: 'train/loss' };
}

function accuracyRole(phase: Phase | undefined, owner: readonly string[]): Role {
  if (phase === 'eval') {
    return `eval/${[...owner, 'accuracy'].join('/')}`;
  }
  return owner.length > 0 ? 'other' : 'train/accuracy';
}
