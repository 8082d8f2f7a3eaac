import { isQuantityName } from './quantities.js';
import { bare, wordsOf, type TagName } from './tagName.js';

/** Folders that group numbers without saying whose they are: `optim/grad_norm` is the whole model's. */
const NEUTRAL_FOLDERS: ReadonlySet<string> = new Set([
  '',
  'actor',
  'charts',
  'global',
  'info',
  'log',
  'logs',
  'loss',
  'losses',
  'lr',
  'metric',
  'metrics',
  'misc',
  'model',
  'objective',
  'opt',
  'optim',
  'optimizer',
  'perf',
  'performance',
  'rollout',
  // DeepSpeed writes `Train/Samples/train_loss`: with samples for steps.
  'samples',
  'scalars',
  'stats',
  'summary',
  'throughput',
  'time',
  'timing',
  'total',
  'trainer',
]);

/** Whether a folder says nothing of whose numbers are in it. */
export function isNeutral(folder: string): boolean {
  const rest = bare(wordsOf(folder));
  return rest === '' || NEUTRAL_FOLDERS.has(rest);
}

/** Folders that say whose number it is (`layers`, `0`), without those that only group. */
export function ownerFolders(folders: TagName['folders']): string[] {
  return folders.filter((folder) => !isNeutral(folder) && !isQuantityName(bare(wordsOf(folder))));
}
