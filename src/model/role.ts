/**
 * What a series measures, whatever its tag is called. Monitors ask for roles. The vocabulary is that of the
 * command line's contract; `*` stands for a name taken from the tag (a layer, a parameter group, a GPU).
 */
export const ROLES = [
  'train/loss',
  'eval/loss',
  'eval/*/loss',
  'train/accuracy',
  'eval/accuracy',
  'eval/*/accuracy',
  'class-score/*',
  'learning-rate',
  'learning-rate/*',
  'batch-size',
  'objective-setting',
  'gradient-norm',
  'gradient-norm/clipped',
  'gradient-norm/*',
  'clip-fraction',
  'gradient-cosine',
  'gradient-cosine/*',
  'safe-step-ratio',
  'quantisation-noise',
  'weight-norm',
  'weight-norm/*',
  'weight-absmax/*',
  'plasticity-probe',
  'update-ratio/*',
  'activation/*/absmax',
  'activation/*/dormant',
  'activation/*/norm',
  'activation/*/rank',
  'activation/*/rms',
  'activation/*/saturated',
  'activation/*/std',
  'activation/*/*',
  'attention-logit',
  'attention-logit/*',
  'log-z',
  'softmax-collapse',
  'loss-scale',
  'skipped-steps',
  'moment/*/*',
  'loss/actor',
  'loss/critic',
  'loss/discriminator',
  'loss/generator',
  'discriminator/*',
  'codebook/*',
  'perplexity',
  'preference/*',
  'reward',
  'reward/*',
  'reward-std',
  'reward-std/*',
  'q-value',
  'zero-variance-groups',
  'policy-clip-fraction',
  'completion-length',
  'kl',
  'reconstruction',
  'entropy',
  'throughput',
  'step-time',
  'data-time',
  'worker-direction',
  'direction-sketch/*',
  'epoch',
  'tokens',
  'gpu/*/*',
  'cpu/*',
  'memory/*',
  'other',
] as const;

/** An entry of {@link ROLES}. */
export type RolePattern = (typeof ROLES)[number];

/** A role with its `*` filled in, such as `gradient-norm/model.layers.7.mlp.weight`. */
export type Role = string;

/** Whether a role is the given pattern, or falls under its `*`. Names in place of a `*` may hold slashes. */
export function roleMatches(role: Role, pattern: RolePattern): boolean {
  if (!pattern.includes('*')) {
    return role === pattern;
  }
  if (pattern === 'gradient-norm/*' && role === 'gradient-norm/clipped') {
    return false;
  }
  const [prefix = '', ...rest] = pattern.split('*');
  const suffix = rest.length > 0 ? (rest[rest.length - 1] ?? '') : '';
  return role.startsWith(prefix) && role.endsWith(suffix) && role.length > prefix.length + suffix.length;
}
