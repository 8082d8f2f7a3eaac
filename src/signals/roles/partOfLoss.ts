import { ownerFolders } from './folders.js';
import type { TagDescription } from './tagDescription.js';
import { bare, ownWords, wordsOf, type TagName } from './tagName.js';

const LOSS_WORDS: ReadonlySet<string> = new Set(['loss', 'losses']);

/** The players of an adversarial game, in names of losses: none of these is judged by its fall. */
const PLAYERS: ReadonlySet<string> = new Set([
  'adv',
  'adversarial',
  'critic',
  'd',
  'disc',
  'discriminator',
  'fake',
  'g',
  'gan',
  'gen',
  'generator',
  'real',
]);

/**
 * Parts of a loss that are never judged as the loss of the run, even when no total is logged: they are meant to rise,
 * balance each other or hover.
 */
const NEVER_THE_LOSS: ReadonlySet<string> = new Set([
  'gan loss',
  'adv loss',
  'ent coef loss',
  'alpha loss',
  'loss alpha',
  'temperature loss',
  'aux loss',
  'auxiliary loss',
  'z loss',
  'load balancing loss',
  'balance loss',
  'reg loss',
  'regularization loss',
  'l2 loss',
]);

/** Words that make a number about a loss something else: its best so far, its spread, its weight. */
const ABOUT_A_LOSS: ReadonlySet<string> = new Set([
  'best',
  'lowest',
  'min',
  'max',
  'std',
  'var',
  'variance',
  'ratio',
  'weight',
  'coef',
  'coeff',
  'scale',
  'gap',
  'delta',
  'diff',
  'improvement',
  'count',
  'prev',
  'previous',
  'initial',
  'target',
]);

/**
 * `eval_<name>_loss` and `loss/val_<name>` are another evaluation set or a part of its loss; `train/<name>_loss` and
 * `<name>_loss` a part of the training loss.
 */
export function partOfLoss(name: TagName): TagDescription | undefined {
  const folder = bare(wordsOf(name.folders.at(-1) ?? ''));
  const leaf = ownWords(name.leafWords);
  const inLossFolder =
    name.phase !== undefined && LOSS_WORDS.has(folder) && leaf.length > 0 && !leaf.some((word) => LOSS_WORDS.has(word));
  const own = inLossFolder ? [...leaf, 'loss'] : leaf;
  const atEnd = own.at(-1) === 'loss';
  if ((!atEnd && own[0] !== 'loss') || own.length < 2) {
    return undefined;
  }
  if (NEVER_THE_LOSS.has(own.join(' ')) || own.some((word) => ABOUT_A_LOSS.has(word))) {
    return undefined;
  }
  if (name.phase === 'eval') {
    const of = atEnd ? own.slice(0, -1) : own.slice(1);
    return { role: `eval/${of.join('_')}/loss` };
  }
  return ownerFolders(name.folders).length > 0 || own.some((word) => PLAYERS.has(word))
    ? undefined
    : { role: 'other', standsIn: { role: 'train/loss', as: 'part' } };
}
