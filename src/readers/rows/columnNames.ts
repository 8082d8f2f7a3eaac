import { remembered } from '../../base/remembered.js';
import { table } from '../../base/table.js';
import type { StepUnit } from '../../model/record.js';
import { parseNumber } from '../text/numbers.js';

/** A name without case and punctuation: `trainer/global_step`, `Global Step` and `global-step` compare equal. */
export const plainName = remembered((name) =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_\-./:\\]+/g, ' ')
    .trim(),
);

/**
 * Names of the column that rows are plotted against, best first. A counter that the user's own code writes (`iter`)
 * comes before one that the logger keeps (`_step` of W&B counts calls of its log function), optimizer steps come
 * before epochs, and epochs before samples and tokens, which move with the batch size.
 */
const STEP_NAMES: readonly (readonly [name: string, unit: StepUnit])[] = [
  ['global step', 'step'],
  ['trainer global step', 'step'],
  ['train global step', 'step'],
  ['step', 'step'],
  ['steps', 'step'],
  ['current steps', 'step'],
  ['train step', 'step'],
  ['training step', 'step'],
  ['iteration', 'step'],
  ['iterations', 'step'],
  ['iter', 'step'],
  ['iters', 'step'],
  ['iter num', 'step'],
  ['num updates', 'step'],
  ['nupdates', 'step'],
  ['update', 'step'],
  ['updates', 'step'],
  ['opt step', 'step'],
  ['optimizer step', 'step'],
  ['training iteration', 'step'],
  ['global step max steps', 'step'],
  ['train iteration', 'step'],
  ['it', 'step'],
  ['batch', 'step'],
  ['time total timesteps', 'step'],
  ['time iterations', 'step'],
  ['total timesteps', 'step'],
  ['timesteps', 'step'],
  ['timestep', 'step'],
  ['num timesteps', 'step'],
  ['timesteps total', 'step'],
  ['env step', 'step'],
  ['env steps', 'step'],
  ['totalenvinteracts', 'step'],
  ['episode', 'step'],
  ['step num', 'step'],
  ['nstep', 'step'],
  ['epoch', 'epoch'],
  ['epochs', 'epoch'],
  ['epoch num', 'epoch'],
  ['tokens', 'token'],
  ['tokens seen', 'token'],
  ['total tokens', 'token'],
  ['num tokens', 'token'],
  ['samples', 'sample'],
  ['samples seen', 'sample'],
  ['consumed samples', 'sample'],
];

/** Counters that a logger keeps for itself, used when a row has nothing better. */
const LOGGER_STEP_NAMES: readonly string[] = ['_step', 'Step'];

const STEP_RANKS = new Map<string, number>(STEP_NAMES.map(([name], index) => [name, index]));
const FIRST_EPOCH = STEP_NAMES.findIndex(([, unit]) => unit === 'epoch');

/** How good a step column of this name is: the lower the better; undefined when it is none. */
export function stepRank(name: string): number | undefined {
  if (LOGGER_STEP_NAMES[0] === name) {
    return FIRST_EPOCH - 0.5;
  }
  return STEP_RANKS.get(plainName(name));
}

const FRACTION = /^\s*(\d+)\s*\/\s*\d+\s*$/;

/** A text as a number; of a place such as `"iter": "10/500"` what stands before the stroke. */
export function placedNumber(name: string, text: string): number | undefined {
  const value = parseNumber(text);
  if (value !== undefined || stepRank(name) === undefined) {
    return value;
  }
  const [, done] = FRACTION.exec(text) ?? [];
  return done === undefined ? undefined : Number(done);
}

/** What a step column of this name counts. */
export function stepUnitOf(name: string): StepUnit {
  const rank = name === LOGGER_STEP_NAMES[0] ? undefined : STEP_RANKS.get(plainName(name));
  return rank === undefined ? 'step' : (STEP_NAMES[rank]?.[1] ?? 'step');
}

const TOTAL_STEP_NAMES = new Set([
  'total steps',
  'max steps',
  'max iters',
  'total iters',
  'train iters',
  'num training steps',
  'total iterations',
]);

/** Columns that say how many steps the run is going to take. */
export function isTotalSteps(name: string): boolean {
  return TOTAL_STEP_NAMES.has(plainName(name));
}

const WALL_TIME_NAMES = new Set([
  'timestamp',
  'time',
  'wall time',
  'walltime',
  'ts',
  'date',
  'datetime',
  'date time',
  'created at',
  'logged at',
  'unix time',
]);

/** Columns that may hold the time of day; whether they do, their values tell. */
export function mayBeWallTime(name: string): boolean {
  return WALL_TIME_NAMES.has(plainName(name));
}

const RANK_NAMES = new Set(['rank', 'global rank', 'process index', 'worker rank', 'dp rank']);

/** Columns that say which process of a distributed run wrote the row. */
export function isRank(name: string): boolean {
  return RANK_NAMES.has(plainName(name));
}

export function isEpoch(name: string): boolean {
  return stepUnitOf(name) === 'epoch';
}

const SPLIT_NAMES = new Set(['mode', 'split', 'phase', 'stage', 'type', 'event', 'kind', 'subset', 'set', 'dataset']);

/** Columns whose words may tell training rows from evaluation rows. */
export function mayBeSplit(name: string): boolean {
  return SPLIT_NAMES.has(plainName(name));
}

const EVALUATION_WORDS = new Set(['val', 'valid', 'validation', 'eval', 'evaluation', 'test', 'dev']);
const TRAINING_WORDS = new Set(['train', 'training']);
/** What progress bars are called while they evaluate, and the word that stands for it in names. */
const ACTIVITIES = table<string>({ validating: 'validation', evaluating: 'evaluation', testing: 'test' });

/** What goes before the tags of a row that says what it is: `val/` for an evaluation, nothing for training. */
export const splitPrefix = remembered((word) => {
  const lower = word.trim().toLowerCase();
  const plain = ACTIVITIES[lower] ?? lower;
  return EVALUATION_WORDS.has(plain) ? `${plain}/` : '';
});

/** Whether a word names a part of the data, such as `train` or `val`. */
export function isSplitWord(word: string): boolean {
  const plain = word.trim().toLowerCase();
  return EVALUATION_WORDS.has(plain) || TRAINING_WORDS.has(plain);
}

const METRIC_WORD =
  /(?:^|[^a-z])(?:loss|losses|nll|acc|accuracy|acc1|top1|top5|error|ppl|perplexity|reward|rewards|return|returns|score|grad|gradient|gnorm|norm|lr|learning rate|bleu|rouge|wer|cer|f1|auc|auroc|mae|mse|rmse|psnr|ssim|fid|iou|miou|map|map50|dice|kl|entropy|throughput|mfu|bpb|bpc|precision|recall|win rate|elbo)(?![a-z])/;

/** Whether a column name is one that training logs use; data sets and tables of other things lack them. */
export const looksLikeMetric = remembered((name) => {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2');
  return METRIC_WORD.test(plainName(spaced)) || /loss|accuracy|reward|gradnorm|grad norm/.test(plainName(name));
});

/** Whether a name is that of the learning rate, which logs and configurations have alike. */
export function isRate(name: string): boolean {
  return /^(?:lr|learning ?rate)$/.test(plainName(name));
}

const RESULT_WORD =
  /loss|acc(?:uracy)?\b|perplexity|\bppl\b|reward|\brew(?:ard)?\b|\berr(?:or)?\b|\bnll\b|\bkl\b|score|\bbleu\b|grad ?norm|\bgnorm\b|\bma[pe]\b|\bmse\b|\bf1\b|\biou\b|\bbp[bc]\b|\breturns?\b|entropy|\bxent\b|\bce\b|\bctc\b|\bauc\b|\brmse\b|\b[wc]er\b|\bpsnr\b|\belbo\b|ep ?rew|ep ?ret\b|^cost$/;
const SETTING_WORD = /weight|coef|scale$|type|smooth|lambda|threshold|patience/;

/** Whether a name is one of a result, such as a loss, and not that of a setting that training logs have, too. */
export const isResultName = remembered((name) => {
  const plain = plainName(name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/@.*$/, ''));
  return RESULT_WORD.test(plain) && !SETTING_WORD.test(plain);
});
