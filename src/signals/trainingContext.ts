import type { RunConfiguration } from '../model/run.js';
import type { Signal } from '../model/signal.js';

/** Words in tags that only reinforcement learning uses. */
const POLICY_WORDS = [
  'policy',
  'actor',
  'critic',
  'rollout',
  'advantage',
  'advantages',
  'completions',
  'completion_length',
  'q_value',
  'q_values',
  'qvalues',
  'clip_ratio',
  'exploration_rate',
  'ep_len_mean',
  'episode_length',
];

/**
 * Whether the run learns from rewards. Its losses (policy gradient, temporal difference, GRPO) hover around zero or grow
 * with the rewards, and say little about health.
 */
export function learnsFromRewards(signals: readonly Signal[]): boolean {
  const known = KNOWN_TO_LEARN.get(signals);
  if (known?.signals === signals.length) {
    return known.fromRewards;
  }
  const fromRewards = hasRewards(signals);
  KNOWN_TO_LEARN.set(signals, { signals: signals.length, fromRewards });
  return fromRewards;
}

/**
 * What was found for the signals of a run, and for how many of them: many monitors ask with every row, and the answer
 * is another only when a tag appears.
 */
const KNOWN_TO_LEARN = new WeakMap<readonly Signal[], { readonly signals: number; readonly fromRewards: boolean }>();

function hasRewards(signals: readonly Signal[]): boolean {
  const leaves = new Set(signals.map(({ series }) => series.tag.toLowerCase().split(/[/ ]/).at(-1) ?? ''));
  const playsEpisodes = EPISODE_TAGS.some((tag) => leaves.has(tag)) && SCORE_TAGS.some((tag) => leaves.has(tag));
  return (
    playsEpisodes ||
    signals.some(
      ({ role, series }) =>
        role === 'reward' || role === 'q-value' || role.startsWith('reward/') || isPolicyTag(series.tag),
    )
  );
}

/** A plain "score" is a reward only beside these. */
const EPISODE_TAGS = ['episode', 'episodes', 'epsilon', 'eps'];
const SCORE_TAGS = ['score', 'scores', 'return', 'returns', 'avg_score', 'mean_score', 'avg_return'];

function isPolicyTag(tag: string): boolean {
  const padded = `/${tag.toLowerCase().replaceAll(/[^a-z]+/g, '_')}/`;
  return POLICY_WORDS.some((word) => {
    const from = padded.indexOf(word);
    const before = padded[from - 1];
    const after = padded[from + word.length];
    return from > 0 && (before === '/' || before === '_') && (after === '/' || after === '_');
  });
}

/** Optimizers whose step is divided by a running second moment: those that need a warmup while it settles. */
const ADAPTIVE = ['adam', 'lamb', 'adafactor', 'adagrad', 'rmsprop', 'nadam', 'sophia', 'lion'];
/** Optimizers known to do without. */
const OTHER = ['sgd', 'radam', 'lbfgs', 'muon', 'shampoo', 'soap'];

/** `optim`, `optimizer`, `training.optimizer.name`, ... */
const OPTIMIZER_KEY = /(^|[/._-])optim(izer)?([/._-](name|type|class|_target_))?$/i;

/** What the configuration calls the optimizer, in lower case; with the groups that learning rates are logged for. */
export function optimizerNames(configuration: RunConfiguration, signals: readonly Signal[]): readonly string[] {
  return [...configuredOptimizers(configuration), ...groupsOf(signals)];
}

function configuredOptimizers(configuration: RunConfiguration): readonly string[] {
  return Object.entries(configuration).flatMap(([key, value]) =>
    typeof value === 'string' && OPTIMIZER_KEY.test(key) ? [value.toLowerCase()] : [],
  );
}

function groupsOf(signals: readonly Signal[]): readonly string[] {
  return signals
    .filter(({ role }) => role.startsWith('learning-rate/'))
    .map(({ role }) => role.slice('learning-rate/'.length).toLowerCase());
}

/** `weight_decay`, `optimizer.weight_decay`, `wd`, ... */
const WEIGHT_DECAY_KEY = /(^|[/._-])(weight[_-]?decay|wd)$/i;

/** The weight decay of the configuration; undefined where it tells none. */
export function weightDecayOf(configuration: RunConfiguration): number | undefined {
  const found = Object.entries(configuration).find(
    ([key, value]) => WEIGHT_DECAY_KEY.test(key) && typeof value === 'number',
  )?.[1];
  return typeof found === 'number' ? found : undefined;
}

/**
 * What the configuration or the tags say about the optimizer: adaptive (Adam and its kin), other, or unknown.
 */
export function optimizerFamily(
  configuration: RunConfiguration,
  signals: readonly Signal[],
): 'adaptive' | 'other' | 'unknown' {
  const named = configuredOptimizers(configuration);
  const groups = groupsOf(signals);
  const betas = Object.entries(configuration).some(
    ([key, value]) => /(^|[/._-])(adam_?)?beta_?2$/i.test(key) && typeof value === 'number',
  );
  const texts = [...named, ...groups];
  if (texts.some((text) => OTHER.some((name) => text.includes(name)))) {
    return 'other';
  }
  if (texts.some((text) => ADAPTIVE.some((name) => text.includes(name)))) {
    return 'adaptive';
  }
  return named.length === 0 && betas ? 'adaptive' : 'unknown';
}

/** How configurations say that a run goes on from a checkpoint; Evenkeel's own record of a job says it too. */
const RESUMED_FROM = /(?:^|[/.])(?:resume_from_checkpoint|resume_from|ckpt_path|resume_checkpoint)$/i;

/** Whether the configuration names a checkpoint that the run goes on from. */
export function continuesEarlierRun(configuration: RunConfiguration): boolean {
  return Object.entries(configuration).some(
    ([name, value]) =>
      RESUMED_FROM.test(name) &&
      (value === true || (typeof value === 'string' && !/^(?:|none|null|false)$/i.test(value))),
  );
}
