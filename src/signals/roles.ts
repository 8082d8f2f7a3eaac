import type { Role } from '../model/role.js';

/**
 * From the names that training programs give their numbers to the roles that monitors ask for.
 *
 * A tag is cut into folders (at `/`) and words (at `_`, `-`, `.`, blanks and capital letters), so that `train/grad_norm`,
 * `train_grad_norm`, `Train/GradNorm` and `train grad-norm` are one name. Words that say whether the number belongs to
 * training or evaluation are taken off; what is left is looked up in {@link QUANTITIES}.
 */

/** Words that put a number into the training or the evaluation phase. */
const PHASE_WORDS: Readonly<Record<string, Phase>> = {
  train: 'train',
  training: 'train',
  tr: 'train',
  eval: 'eval',
  evaluation: 'eval',
  val: 'eval',
  valid: 'eval',
  validation: 'eval',
  test: 'eval',
  testing: 'eval',
  dev: 'eval',
  holdout: 'eval',
  heldout: 'eval',
};

type Phase = 'train' | 'eval';

/** Words that say how a number was gathered, not what it measures. */
const DECORATIONS: ReadonlySet<string> = new Set([
  'epoch',
  'step',
  'batch',
  'iter',
  'iteration',
  'avg',
  'average',
  'mean',
  'running',
  'smoothed',
  'inner',
]);

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
  'scalars',
  'stats',
  'summary',
  'throughput',
  'time',
  'timing',
  'total',
  'trainer',
]);

type Quantity =
  | 'loss'
  | 'accuracy'
  | 'learning-rate'
  | 'gradient-norm'
  | 'gradient-norm/clipped'
  | 'log-z'
  | 'loss-scale'
  | 'reward'
  | 'reward-std'
  | 'zero-variance-groups'
  | 'completion-length'
  | 'kl'
  | 'entropy'
  | 'throughput'
  | 'step-time'
  | 'epoch'
  | 'tokens';

/** What each quantity is called once phase words and decorations are gone; words joined by blanks. */
const QUANTITIES: Readonly<Record<Quantity, readonly string[]>> = {
  loss: [
    'loss',
    'losses',
    'loss total',
    'total loss',
    'lm loss',
    'main loss',
    'model loss',
    'cost',
    'objective',
    'cross entropy',
    'cross entropy loss',
    'crossentropy',
    'ce',
    'ce loss',
    'xent',
    'nll',
    'ce words',
    'log loss',
    'logloss',
    'neg log likelihood',
    'negative log likelihood',
    'sft loss',
  ],
  accuracy: [
    'accuracy',
    'acc',
    'acc 1',
    'acc1',
    'acc@1',
    'top@1',
    'accuracy top1',
    'top1',
    'top 1',
    'top1 acc',
    'top1 accuracy',
    'accuracy top 1',
    'categorical accuracy',
    'sparse categorical accuracy',
    'binary accuracy',
    'token accuracy',
  ],
  'learning-rate': ['lr', 'l r', 'learning rate', 'learningrate', 'last lr', 'current lr', 'base lr'],
  'gradient-norm': [
    'grad norm',
    'gradnorm',
    'g norm',
    'gnorm',
    'gradient norm',
    'gradients norm',
    'gradient global norm',
    'grad global norm',
    'global grad norm',
    'global gradient norm',
    'global norm',
    'grad norm global',
    'grad norm total',
    'total grad norm',
    'total gradient norm',
    'grad l2 norm',
    'grad norm l2',
    'l2 grad norm',
    'grad 2 0 norm total',
    'grad 2 norm total',
    'unclipped grad norm',
    'grad norm unclipped',
    'grad norm before clip',
    'grad norm before clipping',
    'grad norm pre clip',
    'grad norm preclip',
  ],
  'gradient-norm/clipped': [
    'clipped grad norm',
    'clipped gradient norm',
    'clipped gnorm',
    'grad norm clipped',
    'gradient norm clipped',
    'grad norm after clip',
    'grad norm after clipping',
    'gradient norm after clipping',
    'grad norm post clip',
    'grad norm postclip',
  ],
  'log-z': ['log z', 'logz', 'z loss logz', 'lse', 'logsumexp', 'log partition'],
  'loss-scale': [
    'loss scale',
    'lossscale',
    'grad scale',
    'amp scale',
    'grad scaler scale',
    'scaler scale',
    'scale amp',
  ],
  reward: [
    'reward',
    'rewards',
    'ep rew',
    'ep reward',
    'ep return',
    'episode reward',
    'episode return',
    'episode rewards',
    'episodic return',
    'episodic reward',
    'ep rewards',
    'critic rewards',
    'env reward',
    'cumulative reward',
    'total reward',
  ],
  'reward-std': ['reward std', 'rewards std', 'reward standard deviation', 'group reward std'],
  'zero-variance-groups': [
    'frac reward zero std',
    'fraction reward zero std',
    'frac zero std',
    'zero std ratio',
    'zero variance groups',
    'frac zero variance groups',
    'zero advantage groups',
  ],
  'completion-length': [
    'completion length',
    'completions length',
    'response length',
    'response lengths',
    'generated length',
    'output length',
  ],
  kl: [
    'kl',
    'kl loss',
    'kl div',
    'kl divergence',
    'approx kl',
    'approxkl',
    'ppo kl',
    'policy kl',
    'objective kl',
    'actor kl loss',
    'ref kl',
    'kl penalty',
  ],
  entropy: ['entropy', 'policy entropy', 'actor entropy', 'entropy loss', 'actor entropy loss', 'objective entropy'],
  throughput: [
    'tokens per second',
    'tokens per sec',
    'tok s',
    'tokens s',
    'tokens sec',
    'samples per second',
    'samples per sec',
    'samples s',
    'samples sec',
    'examples per second',
    'images per second',
    'steps per second',
    'steps per sec',
    'its',
    'it s',
    'it per s',
    'iterations per second',
    'iter s',
    'wps',
    'ups',
    'fps',
    'words s',
    'words per second',
    'throughput',
    'tgs',
  ],
  'step-time': [
    'time',
    'dt',
    'dt ms',
    'time ms',
    'elapsed time per',
    'elapsed time per ms',
    'seconds per',
    's it',
    'ms it',
    'sec per',
    'duration',
    'seconds',
  ],
  epoch: ['epoch', 'epochs', 'ep', 'current epoch', 'num epochs'],
  tokens: [
    'tokens',
    'tokens seen',
    'num tokens',
    'total tokens',
    'consumed tokens',
    'num input tokens seen',
    'n tokens',
  ],
};

/** Whole tags whose words alone would mislead: names of one program. Written in lower case as logged. */
const EXACT: Readonly<Record<string, Role>> = {
  trl: 'train/loss',
  tel: 'eval/loss',
  norm: 'gradient-norm',
  epoch: 'epoch',
  epoch_loss: 'train/loss',
  epoch_accuracy: 'train/accuracy',
  epoch_learning_rate: 'learning-rate',
  step_avg: 'step-time',
  step_time_ms: 'step-time',
  step_time: 'step-time',
  iter_time: 'step-time',
  'iteration-time': 'step-time',
  batch_time: 'step-time',
  batch_cost: 'step-time',
  avg_batch_cost: 'step-time',
  reader_cost: 'other',
  avg_reader_cost: 'other',
  ups: 'throughput',
};

/**
 * Parts of a loss that are never judged as the loss of the run, even when no total is logged: they are meant to rise,
 * balance each other or hover.
 */
const NEVER_THE_LOSS: ReadonlySet<string> = new Set([
  'd loss',
  'g loss',
  'loss d',
  'loss g',
  'disc loss',
  'discriminator loss',
  'gen loss',
  'generator loss',
  'gan loss',
  'adv loss',
  'actor loss',
  'critic loss',
  'policy loss',
  'policy gradient loss',
  'pg loss',
  'value loss',
  'value function loss',
  'vf loss',
  'q loss',
  'qf loss',
  'entropy loss',
  'ent coef loss',
  'kl loss',
  'aux loss',
  'auxiliary loss',
  'z loss',
  'load balancing loss',
  'balance loss',
  'reg loss',
  'regularization loss',
  'l2 loss',
  'td loss',
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

/** What {@link describeTag} finds out about a tag. */
export interface TagDescription {
  readonly role: Role;
  /** The number is one part of a training loss (`train/box_loss`): it stands for the loss only where no total is logged. */
  readonly component: boolean;
}

const QUANTITY_OF_NAME: ReadonlyMap<string, Quantity> = new Map(
  (Object.entries(QUANTITIES) as [Quantity, readonly string[]][]).flatMap(([quantity, names]) =>
    names.map((name) => [name, quantity] as const),
  ),
);

const PER_TENSOR: readonly { readonly words: readonly string[]; readonly role: string }[] = [
  { words: ['grad', 'norm'], role: 'gradient-norm' },
  { words: ['grad', '2', '0', 'norm'], role: 'gradient-norm' },
  { words: ['gradient', 'norm'], role: 'gradient-norm' },
  { words: ['gradnorm'], role: 'gradient-norm' },
  { words: ['gradients'], role: 'gradient-norm' },
  { words: ['weight', 'norm'], role: 'weight-norm' },
  { words: ['param', 'norm'], role: 'weight-norm' },
  { words: ['params', 'norm'], role: 'weight-norm' },
  { words: ['update', 'ratio'], role: 'update-ratio' },
  { words: ['update', 'to', 'weight', 'ratio'], role: 'update-ratio' },
  { words: ['max', 'attention', 'logit'], role: 'attention-logit' },
  { words: ['max', 'attn', 'logit'], role: 'attention-logit' },
  { words: ['attention', 'logit'], role: 'attention-logit' },
  { words: ['attn', 'logit'], role: 'attention-logit' },
];

/**
 * The role of a tag. Overrides win; their keys are whole tags or globs (`*` stands for anything, `/` included), matched
 * without regard to case, the first that fits in the order of the record.
 */
export function roleOf(tag: string, overrides: Readonly<Record<string, Role>>): Role {
  return describeTag(tag, overrides).role;
}

/** The role of a tag and whether it is a mere part of the loss; see {@link roleOf}. */
export function describeTag(tag: string, overrides: Readonly<Record<string, Role>>): TagDescription {
  const overridden = overrideOf(tag, overrides);
  if (overridden !== undefined) {
    return { role: overridden, component: false };
  }
  const exact = EXACT[tag.trim().toLowerCase()];
  if (exact !== undefined) {
    return { role: exact, component: false };
  }
  const name = parseTag(tag);
  if (countsSamples(name)) {
    return { role: 'other', component: false };
  }
  return (
    hardwareRole(name) ??
    activationRole(name) ??
    quantityRole(name) ??
    learningRateGroup(name) ??
    tensorRole(name) ??
    partOfLoss(name) ?? { role: 'other', component: false }
  );
}

/** A tag cut up. */
interface TagName {
  /** Folders as logged, the last entry (the leaf) apart. */
  readonly folders: readonly string[];
  readonly leaf: string;
  readonly leafWords: readonly string[];
  /** Words of all folders and the leaf, in order. */
  readonly words: readonly string[];
  readonly phase: Phase | undefined;
}

function parseTag(tag: string): TagName {
  const parts = tag
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const leaf = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1);
  const leafWords = wordsOf(leaf);
  const folderWords = folders.map(wordsOf);
  const phase =
    leafWords.map((word) => PHASE_WORDS[word]).find((found) => found !== undefined) ??
    folderWords
      .flat()
      .map((word) => PHASE_WORDS[word])
      .find((found) => found !== undefined);
  return { folders, leaf, leafWords, words: [...folderWords.flat(), ...leafWords], phase };
}

function wordsOf(part: string): string[] {
  return part
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9@%]+/)
    .filter((word) => word !== '');
}

/** Megatron writes every curve twice, the second time with samples for steps ("lm loss vs samples"). */
function countsSamples(name: TagName): boolean {
  const at = name.leafWords.indexOf('vs');
  return at > 0 && name.leafWords.length === at + 2;
}

function bare(words: readonly string[]): string {
  return words.filter((word) => PHASE_WORDS[word] === undefined && !DECORATIONS.has(word)).join(' ');
}

function withoutPhase(words: readonly string[]): string {
  return words.filter((word) => PHASE_WORDS[word] === undefined).join(' ');
}

/** The quantity a tag names as a whole, or with its leaf alone under folders that say nothing else. */
function quantityRole(name: TagName): TagDescription | undefined {
  const owner = ownerFolders(name);
  const quantity =
    lookUp(name.words) ??
    lookUp(name.leafWords) ??
    (name.folders.length > 0 ? lookUp([...wordsOf(name.folders.at(-1) ?? ''), ...name.leafWords]) : undefined);
  if (quantity === undefined) {
    return undefined;
  }
  const wholeName = lookUp(name.words) !== undefined;
  const named = wholeName ? [] : owner;
  switch (quantity) {
    case 'loss':
      return lossRole(name.phase, named);
    case 'accuracy':
      return {
        role: named.length > 0 ? 'other' : name.phase === 'eval' ? 'eval/accuracy' : 'train/accuracy',
        component: false,
      };
    case 'gradient-norm':
      return { role: named.length > 0 ? `gradient-norm/${named.join('/')}` : 'gradient-norm', component: false };
    case 'learning-rate':
      return { role: named.length > 0 ? `learning-rate/${named.join('/')}` : 'learning-rate', component: false };
    case 'reward':
    case 'reward-std':
    case 'zero-variance-groups':
    case 'completion-length':
    case 'kl':
    case 'entropy':
      return { role: name.phase === 'eval' ? 'other' : quantity, component: false };
    case 'step-time':
      return { role: name.phase === 'eval' || named.length > 0 ? 'other' : quantity, component: false };
    default:
      return { role: quantity, component: false };
  }
}

function lossRole(phase: Phase | undefined, owner: readonly string[]): TagDescription {
  if (phase === 'eval') {
    return { role: owner.length > 0 ? `eval/${owner.join('/')}/loss` : 'eval/loss', component: false };
  }
  return owner.length > 0 ? { role: 'other', component: false } : { role: 'train/loss', component: false };
}

function lookUp(words: readonly string[]): Quantity | undefined {
  return QUANTITY_OF_NAME.get(withoutPhase(words)) ?? QUANTITY_OF_NAME.get(bare(words));
}

/** Folders that say whose number it is (`layers`, `0`), without those that only group. */
function ownerFolders(name: TagName): string[] {
  return name.folders.filter((folder) => {
    const words = wordsOf(folder);
    const rest = bare(words);
    return rest !== '' && !NEUTRAL_FOLDERS.has(rest) && !QUANTITY_OF_NAME.has(rest);
  });
}

/** `lr-AdamW/pg1`, `lr/pg0`, `lr_group_2`, `head_lr`. */
function learningRateGroup(name: TagName): TagDescription | undefined {
  const path = [...name.folders, name.leaf];
  const at = path.findIndex((part) => ['lr', 'learning'].includes(wordsOf(part)[0] ?? ''));
  if (at >= 0) {
    const first = (path[at] ?? '').replace(/^(lr|learning[ _-]?rate)[ _-]?/i, '');
    const group = [first, ...path.slice(at + 1)].filter((part) => part !== '').join('/');
    return /loss|norm|time|grad/i.test(group) || group === ''
      ? undefined
      : { role: `learning-rate/${group}`, component: false };
  }
  const words = name.leafWords;
  if (words.at(-1) === 'lr' && words.length > 1) {
    return { role: `learning-rate/${bare(words.slice(0, -1)).replaceAll(' ', '_') || 'all'}`, component: false };
  }
  return undefined;
}

/** `grad_norm/<tensor>`, `layers/0/grad_norm`, `gradients/<tensor>`, `weight_norm/<tensor>`, ... */
function tensorRole(name: TagName): TagDescription | undefined {
  const path = [...name.folders, name.leaf];
  for (const { words, role } of PER_TENSOR) {
    for (const [at, part] of path.entries()) {
      const own = wordsOf(part).filter((word) => PHASE_WORDS[word] === undefined);
      if (!startsWith(own, words)) {
        continue;
      }
      const rest = own.slice(words.length).join('_');
      const tensor = [...path.slice(0, at).filter((folder) => !isNeutral(folder)), rest, ...path.slice(at + 1)]
        .filter((piece) => piece !== '')
        .join('/');
      return tensor === '' ? undefined : { role: `${role}/${tensor}`, component: false };
    }
  }
  return undefined;
}

function isNeutral(folder: string): boolean {
  const rest = bare(wordsOf(folder));
  return rest === '' || NEUTRAL_FOLDERS.has(rest);
}

function startsWith(words: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((word, at) => words[at] === word);
}

/** `activation/<layer>/<statistic>`, as Evenkeel's hook writes them. */
function activationRole(name: TagName): TagDescription | undefined {
  const [first = ''] = name.folders;
  if (!['activation', 'activations'].includes(first.toLowerCase()) || name.folders.length < 2) {
    return undefined;
  }
  return { role: `activation/${name.folders.slice(1).join('/')}/${name.leaf}`, component: false };
}

/** `gpu/0/utilisation`, W&B's `system/gpu.0.temp`. */
function hardwareRole(name: TagName): TagDescription | undefined {
  const at = name.words.indexOf('gpu');
  const number = name.words[at + 1];
  if (at < 0 || at > 1 || number === undefined || !/^\d+$/.test(number)) {
    return undefined;
  }
  const quantity = name.words.slice(at + 2).join('_');
  return quantity === '' ? undefined : { role: `gpu/${number}/${quantity}`, component: false };
}

/** `eval_<name>_loss` is another evaluation set or a part of its loss; `train/<name>_loss` a part of the training loss. */
function partOfLoss(name: TagName): TagDescription | undefined {
  const own = name.leafWords.filter((word) => PHASE_WORDS[word] === undefined && !DECORATIONS.has(word));
  const atEnd = own.at(-1) === 'loss';
  if ((!atEnd && own[0] !== 'loss') || own.length < 2 || name.phase === undefined) {
    return undefined;
  }
  if (NEVER_THE_LOSS.has(own.join(' ')) || own.some((word) => ABOUT_A_LOSS.has(word))) {
    return undefined;
  }
  if (name.phase === 'eval') {
    const of = atEnd ? own.slice(0, -1) : own.slice(1);
    return { role: `eval/${of.join('_')}/loss`, component: false };
  }
  return ownerFolders(name).length > 0 ? undefined : { role: 'train/loss', component: true };
}

function overrideOf(tag: string, overrides: Readonly<Record<string, Role>>): Role | undefined {
  const lower = tag.toLowerCase();
  for (const [pattern, role] of Object.entries(overrides)) {
    if (globMatches(pattern.toLowerCase(), lower)) {
      return role;
    }
  }
  return undefined;
}

function globMatches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  if (pieces.length === 1) {
    return pattern === text;
  }
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) {
    return false;
  }
  let from = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) {
      return false;
    }
    from = found + piece.length;
  }
  return true;
}
