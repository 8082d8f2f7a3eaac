import { table } from '../base/table.js';
import type { Role } from '../model/role.js';
import { classRole } from './classRoles.js';
import { machineRole } from './machineRoles.js';

/**
 * From the names that training programs give their numbers to the roles that monitors ask for.
 *
 * A tag is cut into folders (at `/`) and words (at `_`, `-`, `.`, blanks and capital letters), so that `train/grad_norm`,
 * `train_grad_norm`, `Train/GradNorm` and `train grad-norm` are one name. Words that say whether the number belongs to
 * training or evaluation are taken off; what is left is looked up in {@link QUANTITIES}.
 */

/** Words that put a number into the training or the evaluation phase. */
const PHASE_WORDS = table<Phase>({
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
});

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

type Quantity =
  | 'loss'
  | 'loss/actor'
  | 'loss/critic'
  | 'loss/discriminator'
  | 'loss/generator'
  | 'discriminator/accuracy'
  | 'discriminator/distance'
  | 'discriminator/fake'
  | 'discriminator/gradient-penalty'
  | 'discriminator/real'
  | 'codebook/active'
  | 'codebook/perplexity'
  | 'codebook/usage'
  | 'perplexity'
  | 'accuracy'
  | 'learning-rate'
  | 'gradient-norm'
  | 'gradient-norm/clipped'
  | 'batch-size'
  | 'objective-setting'
  | 'clip-fraction'
  | 'gradient-cosine'
  | 'quantisation-noise'
  | 'safe-step-ratio'
  | 'weight-norm'
  | 'plasticity-probe'
  | 'attention-logit'
  | 'activation/network/dormant'
  | 'activation/network/rank'
  | 'log-z'
  | 'softmax-collapse'
  | 'loss-scale'
  | 'skipped-steps'
  | 'preference/accuracy'
  | 'preference/log-probability-chosen'
  | 'preference/log-probability-rejected'
  | 'preference/margin'
  | 'preference/reward-chosen'
  | 'preference/reward-rejected'
  | 'reward'
  | 'reward-std'
  | 'zero-variance-groups'
  | 'policy-clip-fraction'
  | 'completion-length'
  | 'kl'
  | 'reconstruction'
  | 'entropy'
  | 'throughput'
  | 'step-time'
  | 'data-time'
  | 'worker-direction'
  | 'epoch'
  | 'tokens';

/** What each quantity is called once phase words and decorations are gone; words joined by blanks. */
const QUANTITIES: Readonly<Record<Quantity, readonly string[]>> = {
  loss: [
    'loss',
    'losses',
    'loss total',
    'losses total',
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
    'avr loss',
    'loss per token',
    'nll',
    'nll loss',
    'ce words',
    'log loss',
    'logloss',
    'neg log likelihood',
    'negative log likelihood',
    'sft loss',
    'elbo loss',
    'neg elbo',
    'negative elbo',
    'nelbo',
    'vae loss',
  ],
  // Losses of players that pull against each other, or that chase a moving target: none of them is judged by its fall.
  'loss/actor': [
    'actor loss',
    'loss actor',
    'policy loss',
    'loss policy',
    'policy gradient loss',
    'pg loss',
    'pi loss',
    'loss pi',
  ],
  'loss/critic': [
    'critic loss',
    'loss critic',
    'value loss',
    'loss value',
    'value function loss',
    'vf loss',
    'v loss',
    'loss v',
    'q loss',
    'loss q',
    'q1 loss',
    'q2 loss',
    'qf loss',
    'qf1 loss',
    'qf2 loss',
    'td loss',
  ],
  'loss/discriminator': [
    'd loss',
    'loss d',
    'err d',
    'd loss total',
    'loss d total',
    'total d loss',
    'disc loss',
    'loss disc',
    'discloss',
    'dis loss',
    'loss dis',
    'discriminator loss',
    'loss discriminator',
  ],
  'loss/generator': [
    'g loss',
    'loss g',
    'err g',
    'g loss total',
    'loss g total',
    'total g loss',
    'gen loss',
    'loss gen',
    'gen loss total',
    'generator loss',
    'loss generator',
  ],
  'discriminator/accuracy': [
    'd acc',
    'd accuracy',
    'disc acc',
    'disc accuracy',
    'discriminator acc',
    'discriminator accuracy',
  ],
  'discriminator/distance': [
    'wasserstein',
    'wasserstein distance',
    'wasserstein d',
    'wasserstein estimate',
    'w dist',
    'w distance',
    'em distance',
  ],
  // The discriminator's output on data and on samples: D(x), D(G(z)), scores.
  'discriminator/real': ['d x', 'scores real', 'real score', 'real scores', 'd real score', 'logits real'],
  'discriminator/fake': [
    'd g z',
    'd g z1',
    'd g z 1',
    'dgz',
    'dgz1',
    'scores fake',
    'fake score',
    'fake scores',
    'd fake score',
    'logits fake',
  ],
  'discriminator/gradient-penalty': ['gradient penalty', 'grad penalty', 'd gp', 'gp loss', 'loss gp', 'gp'],
  'codebook/active': [
    'active codes',
    'num active codes',
    'n active codes',
    'used codes',
    'num used codes',
    'unique codes',
    'num unique codes',
    'cluster use',
    'codes used',
  ],
  'codebook/perplexity': [
    'codebook perplexity',
    'code perplexity',
    'vq perplexity',
    'quantizer perplexity',
    'quantization perplexity',
    'codebook ppl',
    'code ppl',
  ],
  'codebook/usage': [
    'codebook usage',
    'codebook utilization',
    'codebook utilisation',
    'codebook use',
    'code usage',
    'code utilization',
    'vq usage',
    'vq utilization',
    'quantizer usage',
    'quantizer utilization',
  ],
  perplexity: ['perplexity', 'ppl'],
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
  'learning-rate': ['lr', 'l r', 'learning rate', 'learn rate', 'learningrate', 'last lr', 'current lr', 'base lr'],
  'gradient-norm': [
    'grad norm',
    'gradnorm',
    'grad',
    'gn',
    'g norm',
    'gnorm',
    'gradient norm',
    'gradients norm',
    'gradient l2',
    'grad l2',
    'l2 norm grad',
    'total norm',
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
    'l2 norm grad global',
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
  'batch-size': ['batch size', 'global batch size', 'train batch size', 'total batch size', 'effective batch size'],
  // Settings that say what is being learned: the weight of a loss term (KL annealing: Bowman et al. 2016,
  // arXiv:1511.06349), the stage of a curriculum, the length of sequences (arXiv:2108.06084), the share of the data's
  // own past that is fed in (scheduled sampling, arXiv:1506.03099).
  'objective-setting': [
    'beta',
    'kl beta',
    'beta kl',
    'kl weight',
    'kld weight',
    'kl anneal',
    'kl annealing',
    'anneal',
    'annealing',
    'annealing factor',
    'curriculum',
    'curriculum stage',
    'curriculum difficulty',
    'curriculum phase',
    'curriculum seqlen',
    'difficulty',
    'stage',
    'seqlen',
    'seq len',
    'sequence length',
    'context length',
    'mask ratio',
    'image size',
    'resolution',
    'rollout length',
    'horizon',
    'teacher forcing',
    'teacher forcing ratio',
  ],
  'clip-fraction': [],
  'gradient-cosine': [
    'gradient cosine',
    'gradient cosine similarity',
    'grad cosine',
    'grad cosine similarity',
    'grad cos',
    'grad cos sim',
  ],
  'quantisation-noise': [
    'quantisation noise',
    'quantization noise',
    'quant noise',
    'grad quant noise',
    'gradient quantization noise',
  ],
  'safe-step-ratio': ['safe step ratio', 'softmax step ratio', 'step over radius'],
  'weight-norm': [
    'weight norm',
    'weights norm',
    'weight norm total',
    'total weight norm',
    'param norm',
    'params norm',
    'param norm total',
    'params norm total',
    'total param norm',
    'parameter norm',
    'parameters norm',
    'parameter norm total',
    'global param norm',
    'l2 norm param global',
    'global weight norm',
    'pnorm',
    'p norm',
  ],
  'plasticity-probe': ['plasticity probe', 'plasticity probe loss'],
  'attention-logit': [
    'attention logit',
    'attention logit max',
    'attention logits max',
    'max attention logit',
    'max attention logits',
    'attn logit max',
    'attn logits max',
    'max attn logit',
    'max attn logits',
    'qk logit max',
    'max qk logit',
  ],
  'activation/network/dormant': [
    'dormant ratio',
    'actor dormant ratio',
    'critic dormant ratio',
    'dormant fraction',
    'dormant units',
    'dormant neurons',
    'dormant neuron ratio',
    'dormant neuron fraction',
    'dead units ratio',
    'dead unit fraction',
    'dead neuron fraction',
    'dead neuron ratio',
    'dead neurons ratio',
    'frac dormant',
    'frac dead',
  ],
  'activation/network/rank': ['feature rank', 'effective rank', 'feature effective rank', 'srank', 'feature srank'],
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
  'softmax-collapse': ['softmax collapse'],
  'skipped-steps': ['skipped steps', 'skipped iterations', 'number of skipped iterations', 'skipped batches'],
  'preference/accuracy': ['rewards accuracies', 'reward accuracy', 'reward accuracies', 'rewards accuracy'],
  'preference/log-probability-chosen': [
    'logps chosen',
    'chosen logps',
    'logp chosen',
    'chosen logp',
    'policy chosen logps',
    'log probs chosen',
    'logprobs chosen',
    'logp correct',
    'correct logp',
  ],
  'preference/log-probability-rejected': [
    'logps rejected',
    'rejected logps',
    'logp rejected',
    'rejected logp',
    'policy rejected logps',
    'log probs rejected',
    'logprobs rejected',
    'logp incorrect',
    'incorrect logp',
  ],
  'preference/margin': ['rewards margins', 'reward margin', 'rewards margin', 'reward margins', 'margins'],
  'preference/reward-chosen': ['rewards chosen', 'chosen rewards', 'reward chosen', 'chosen reward'],
  'preference/reward-rejected': ['rewards rejected', 'rejected rewards', 'reward rejected', 'rejected reward'],
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
    'return',
    // Spinning Up, OpenAI baselines.
    'ep ret',
    'eprewmean',
    // TRL's PPO, before and after it was written anew.
    'ppo scores',
    'objective scores',
    'objective rlhf reward',
    '100 episode reward',
    '100 ep reward',
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
  // How often the policy's probability ratio was clipped (PPO, GRPO), which is not how often gradients were.
  'policy-clip-fraction': [
    'clip ratio',
    'clip ratio region',
    'clipfrac',
    'clip frac',
    'clip fraction',
    'pg clipfrac',
    'actor pg clipfrac',
    'policy clipfrac',
    'ppo clipfrac',
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
    'kld',
    'kld loss',
    'loss kld',
    'kl term',
    'kl divergence loss',
  ],
  // The term of an autoencoder's loss that a KL term stands beside.
  reconstruction: [
    'recon',
    'recon loss',
    'loss recon',
    'rec loss',
    'loss rec',
    'reconstruction',
    'reconstruction loss',
    'loss reconstruction',
    'reconstruction error',
    'reconstruction term',
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
    'images sec',
    'imgs s',
    'imgs sec',
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
  'data-time': [
    'data time',
    'data loading time',
    'time metrics data loading s',
    'data wait time',
    'dataloader time',
    'reader cost',
  ],
  'worker-direction': ['worker direction'],
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
const EXACT = table<Role>({
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

/**
 * Measures that a model is trained on, or that grow and fall with what it is trained on: where no loss is logged, they
 * say how the training goes.
 */
const MEASURES: ReadonlySet<string> = new Set([
  'l',
  'l1',
  'mae',
  'mse',
  'rmse',
  'mean absolute error',
  'mean squared error',
  'absolute error',
  'squared error',
  'bpb',
  'bpc',
  'bits per byte',
  'bits per char',
  'bits per character',
  'perplexity',
  'ppl',
]);

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

/** What {@link describeTag} finds out about a tag. */
export interface TagDescription {
  readonly role: Role;
  /** The role that it takes while the log has nothing better for it. */
  readonly standsIn?: StandIn;
}

/**
 * How a number can stand for a loss that is not logged: as one of its parts (`train/box_loss`), which do so together, or
 * as a measure (`mse`, `perplexity`), of which the first does so alone.
 */
export interface StandIn {
  readonly role: 'train/loss' | 'eval/loss';
  readonly as: 'part' | 'measure';
}

const QUANTITY_OF_NAME: ReadonlyMap<string, Quantity> = new Map(
  (Object.entries(QUANTITIES) as [Quantity, readonly string[]][]).flatMap(([quantity, names]) =>
    names.map((name) => [name, quantity] as const),
  ),
);

/** Beginnings of names that go on with the tensor's or the layer's, in one folder or over several. */
const PER_TENSOR: readonly { readonly words: readonly string[]; readonly role: string }[] = [
  { words: ['grad', 'norm'], role: 'gradient-norm' },
  { words: ['grad', '2', '0', 'norm'], role: 'gradient-norm' },
  { words: ['gradient', 'norm'], role: 'gradient-norm' },
  { words: ['gradnorm'], role: 'gradient-norm' },
  { words: ['l2', 'norm', 'grad'], role: 'gradient-norm' },
  { words: ['gradients'], role: 'gradient-norm' },
  { words: ['gradient', 'cosine', 'similarity'], role: 'gradient-cosine' },
  { words: ['gradient', 'cosine'], role: 'gradient-cosine' },
  { words: ['grad', 'cosine'], role: 'gradient-cosine' },
  { words: ['grad', 'cos', 'sim'], role: 'gradient-cosine' },
  { words: ['grad', 'cos'], role: 'gradient-cosine' },
  { words: ['weight', 'norm'], role: 'weight-norm' },
  { words: ['param', 'norm'], role: 'weight-norm' },
  { words: ['params', 'norm'], role: 'weight-norm' },
  { words: ['l2', 'norm', 'param'], role: 'weight-norm' },
  { words: ['update', 'ratio'], role: 'update-ratio' },
  { words: ['update', 'to', 'weight', 'ratio'], role: 'update-ratio' },
  { words: ['max', 'attention', 'logit'], role: 'attention-logit' },
  { words: ['max', 'attention', 'logits'], role: 'attention-logit' },
  { words: ['max', 'attn', 'logit'], role: 'attention-logit' },
  { words: ['max', 'attn', 'logits'], role: 'attention-logit' },
  { words: ['attention', 'logit'], role: 'attention-logit' },
  { words: ['attention', 'max', 'logit'], role: 'attention-logit' },
  { words: ['attention', 'max', 'logits'], role: 'attention-logit' },
  { words: ['attn', 'logit'], role: 'attention-logit' },
  { words: ['attn', 'max', 'logit'], role: 'attention-logit' },
];

/** `layers.3.attn.max_logit`: the layer's name with the quantity at its end. */
const ENDS_OF_TENSOR = table<string>({
  'grad norm': 'gradient-norm',
  'gradient norm': 'gradient-norm',
  'weight norm': 'weight-norm',
  'param norm': 'weight-norm',
  'max logit': 'attention-logit',
  'max attn logit': 'attention-logit',
  'max attention logit': 'attention-logit',
  'attn logit max': 'attention-logit',
});

/** `param/transformer.blocks.0.att_proj.weight.norm`, `gradients/fc.weight_norm`. */
const NORM_OF_TENSOR =
  /(?:^|\/)(?:(?<weight>params?|parameters?|weights?)|grads?|gradients?)\/(?<tensor>.+)[._/](?:l2_?)?norm$/i;

/** Folders in which a "clip ratio" is the share of texts cut off at the longest length. */
const TRUNCATED = /response|completion|prompt/i;

/** `agent_0/reward`, `rewards/agent_1/mean`, `policy_reward_mean/agent_0`, `agent_episode_returns_mean/player_2`. */
const AGENT = /(?:^|[/_])(?<agent>(?:agent|player|team)[_-]?\d+)(?:\/|$)/i;
const AGENT_REWARD = /(?:^|[/_])(?:rewards?|returns?)(?:_(?:mean|avg|std|min|max))?(?:\/|$)/i;
const DEVIATIONS: readonly string[] = ['std', 'stddev'];
const EXTREMES: readonly string[] = ['min', 'max'];

/** TRL's rewards, one for each function that gives them: `rewards/format_reward/mean`. */
const FUNCTION_REWARD = /^(?:train\/)?rewards\/(?<name>[^/]+)(?:\/(?<statistic>mean|std))?$/i;
const NOT_A_FUNCTION = /^(?:mean|avg|std|min|max|total|chosen|rejected|margins?|accurac(?:y|ies))$/i;

/** Heads of roles as Evenkeel's own hook writes them: what follows is a name and is left as it is. */
const WRITTEN_AS_ROLES = [
  'gradient-norm',
  'weight-norm',
  'weight-absmax',
  'update-ratio',
  'attention-logit',
  'moment',
  'gradient-cosine',
  'direction-sketch',
];

/** Statistics of a layer's activations under the names that programs give them. */
const STATISTICS = table<string>({
  average: 'mean',
  'abs max': 'absmax',
  'max abs': 'absmax',
  amax: 'absmax',
  'dormant fraction': 'dormant',
  'dormant ratio': 'dormant',
  dead: 'dormant',
  'dead fraction': 'dormant',
  'dead ratio': 'dormant',
  'zero fraction': 'zeros',
  'fraction zero': 'zeros',
  'frac zero': 'zeros',
  sparsity: 'zeros',
  'saturated fraction': 'saturated',
  saturation: 'saturated',
  'effective rank': 'rank',
  'l2 norm': 'norm',
});

/** Other statistics, which keep their names. */
const PLAIN_STATISTICS: ReadonlySet<string> = new Set([
  ...['mean', 'std', 'var', 'rms', 'absmax', 'max', 'min', 'norm', 'kurtosis', 'skewness'],
  ...['dormant', 'zeros', 'saturated', 'rank'],
]);

/** Folders of activations; TransformerLens names each point in the network a hook. */
const ACTIVATION_FOLDERS: ReadonlySet<string> = new Set(['activation', 'activations', 'act', 'acts']);
const HOOK_POINT = /(?:^|\.)hook_\w+$/i;

/**
 * The role of a tag. Overrides win; their keys are whole tags or globs (`*` stands for anything, `/` included), matched
 * without regard to case, the first that fits in the order of the record.
 */
export function roleOf(tag: string, overrides: Readonly<Record<string, Role>>): Role {
  return describeTag(tag, overrides).role;
}

/** The role of a tag and what it can stand for; see {@link roleOf}. */
export function describeTag(tag: string, overrides: Readonly<Record<string, Role>>): TagDescription {
  const overridden = overrideOf(tag, overrides);
  if (overridden !== undefined) {
    return { role: overridden };
  }
  const exact = EXACT[tag.trim().toLowerCase()];
  if (exact !== undefined) {
    return { role: exact };
  }
  const name = parseTag(tag);
  if (countsSamples(name)) {
    return { role: 'other' };
  }
  const described = ownRole(tag) ??
    apartRole(tag, name) ??
    memberReward(tag) ??
    activationRole(name) ??
    quantityRole(name) ??
    learningRateGroup(name) ??
    tensorRole(tag, name) ??
    partOfLoss(name) ?? { role: 'other' };
  return isMeasure(name)
    ? { ...described, standsIn: { role: name.phase === 'eval' ? 'eval/loss' : 'train/loss', as: 'measure' } }
    : described;
}

/** Whether a tag names one of {@link MEASURES}, and of the whole model. */
function isMeasure(name: TagName): boolean {
  return MEASURES.has(bare(name.leafWords)) && ownerFolders(name).length === 0;
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
  const last = name.folders.at(-1);
  const byPath = last === undefined ? undefined : lookUp([...wordsOf(last), ...name.leafWords]);
  const whole = lookUp(name.words);
  const quantity = whole ?? byPath ?? lookUp(name.leafWords);
  if (quantity === undefined) {
    return undefined;
  }
  const owner =
    byPath === undefined ? ownerFolders(name) : ownerFolders({ ...name, folders: name.folders.slice(0, -1) });
  const named = whole !== undefined ? [] : owner;
  switch (quantity) {
    case 'loss':
      return lossRole(name.phase, named);
    case 'accuracy':
      return {
        role:
          name.phase === 'eval'
            ? `eval/${[...named, 'accuracy'].join('/')}`
            : named.length > 0
              ? 'other'
              : 'train/accuracy',
      };
    case 'gradient-norm':
      return { role: named.length > 0 ? `gradient-norm/${named.join('/')}` : 'gradient-norm' };
    case 'reconstruction':
      return name.phase === 'eval' ? (partOfLoss(name) ?? { role: 'other' }) : { ...partOfLoss(name), role: quantity };
    case 'learning-rate':
      return { role: named.length > 0 ? `learning-rate/${named.join('/')}` : 'learning-rate' };
    case 'objective-setting':
      return { role: name.phase === 'eval' || named.length > 0 ? 'other' : quantity };
    case 'weight-norm':
    case 'attention-logit':
    case 'gradient-cosine':
      return { role: named.length > 0 ? `${quantity}/${named.join('/')}` : quantity };
    case 'policy-clip-fraction':
      return {
        role: name.phase === 'eval' || TRUNCATED.test(name.folders.join('/')) ? 'other' : quantity,
      };
    case 'epoch':
    case 'tokens':
    case 'throughput':
    case 'log-z':
    case 'loss-scale':
      return { role: quantity };
    case 'step-time':
      return { role: name.phase === 'eval' || named.length > 0 ? 'other' : quantity };
    default:
      return { role: name.phase === 'eval' ? 'other' : quantity };
  }
}

function lossRole(phase: Phase | undefined, owner: readonly string[]): TagDescription {
  if (phase === 'eval') {
    return { role: owner.length > 0 ? `eval/${owner.join('/')}/loss` : 'eval/loss' };
  }
  return owner.length > 0 ? { role: 'other' } : { role: 'train/loss' };
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
    return /loss|norm|time|grad/i.test(group) || group === '' ? undefined : { role: `learning-rate/${group}` };
  }
  const words = name.leafWords;
  if (words.at(-1) === 'lr' && words.length > 1) {
    return { role: `learning-rate/${bare(words.slice(0, -1)).replaceAll(' ', '_') || 'all'}` };
  }
  return undefined;
}

/** `grad_norm/<tensor>`, `layers/0/grad_norm`, `params/norm/<tensor>`, `layers.0.grad_norm`, ... */
function tensorRole(tag: string, name: TagName): TagDescription | undefined {
  const norm = NORM_OF_TENSOR.exec(tag)?.groups;
  if (norm?.['tensor'] !== undefined && bare(wordsOf(norm['tensor'])) !== 'total') {
    const head = norm['weight'] === undefined ? 'gradient-norm' : 'weight-norm';
    return { role: `${head}/${norm['tensor']}` };
  }
  const path = [...name.folders, name.leaf];
  for (const { words, role } of PER_TENSOR) {
    for (const at of path.keys()) {
      const rest = afterWords(path.slice(at), words);
      if (rest === undefined) {
        continue;
      }
      const tensor = [...path.slice(0, at).filter((folder) => !isNeutral(folder)), ...rest].join('/');
      return tensor === '' ? undefined : { role: `${role}/${tensor}` };
    }
  }
  const dot = name.leaf.lastIndexOf('.');
  const role = ENDS_OF_TENSOR[wordsOf(name.leaf.slice(dot + 1)).join(' ')];
  return dot > 0 && role !== undefined
    ? {
        role: `${role}/${[...name.folders.filter((folder) => !isNeutral(folder)), name.leaf.slice(0, dot)].join('/')}`,
      }
    : undefined;
}

/** What is left of a path whose first parts are made of the words; undefined when they are not. */
function afterWords(path: readonly string[], words: readonly string[]): string[] | undefined {
  const [first, ...further] = path;
  if (first === undefined) {
    return undefined;
  }
  const own = wordsOf(first).filter((word) => PHASE_WORDS[word] === undefined);
  if (startsWith(own, words)) {
    return [own.slice(words.length).join('_'), ...further].filter((piece) => piece !== '');
  }
  return own.length > 0 && startsWith(words, own) ? afterWords(further, words.slice(own.length)) : undefined;
}

function isNeutral(folder: string): boolean {
  const rest = bare(wordsOf(folder));
  return rest === '' || NEUTRAL_FOLDERS.has(rest);
}

function startsWith(words: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((word, at) => words[at] === word);
}

/** The reward of one of several agents, or of one of several functions that give rewards. */
function memberReward(tag: string): TagDescription | undefined {
  const agent = AGENT.exec(tag)?.groups?.['agent'];
  if (agent !== undefined && AGENT_REWARD.test(tag.replace(AGENT, '/'))) {
    const last = wordsOf(tag.replace(AGENT, '/')).at(-1) ?? '';
    const head = DEVIATIONS.includes(last) ? 'reward-std' : 'reward';
    return { role: EXTREMES.includes(last) ? 'other' : `${head}/${agent}` };
  }
  const { name, statistic } = FUNCTION_REWARD.exec(tag)?.groups ?? {};
  return name === undefined || NOT_A_FUNCTION.test(name)
    ? undefined
    : { role: `${statistic === 'std' ? 'reward-std' : 'reward'}/${name}` };
}

/** A tag that Evenkeel's hook wrote: its name is its role. */
function ownRole(tag: string): TagDescription | undefined {
  const slash = tag.indexOf('/');
  const rest = tag.slice(slash + 1);
  return slash > 0 &&
    WRITTEN_AS_ROLES.includes(tag.slice(0, slash)) &&
    rest !== '' &&
    !['total', 'global'].includes(rest)
    ? { role: tag }
    : undefined;
}

/** `activation/<layer>/<statistic>`, Composer's `activations/<statistic>/<layer>`, `blocks.0.hook_resid_post/<statistic>`. */
function activationRole(name: TagName): TagDescription | undefined {
  const [first = '', second = ''] = name.folders;
  const layers = name.folders.slice(1);
  if (ACTIVATION_FOLDERS.has(first.toLowerCase()) && layers.length > 0) {
    const statistic = statisticOf(name.leaf);
    const swapped = statistic === undefined ? statisticOf(second) : undefined;
    return swapped === undefined
      ? { role: `activation/${layers.join('/')}/${statistic ?? name.leaf}` }
      : { role: `activation/${[...name.folders.slice(2), name.leaf].join('/')}/${swapped}` };
  }
  const statistic = statisticOf(name.leaf);
  const point = name.folders.at(-1) ?? '';
  return statistic !== undefined && HOOK_POINT.test(point) ? { role: `activation/${point}/${statistic}` } : undefined;
}

function statisticOf(part: string): string | undefined {
  const words = wordsOf(part).join(' ');
  return STATISTICS[words] ?? (PLAIN_STATISTICS.has(words) ? words : undefined);
}

/** Scores of single classes, and what the machine does. */
function apartRole(tag: string, name: TagName): TagDescription | undefined {
  const role =
    machineRole(tag, name.words, name.leafWords) ??
    classRole(name.words.filter((word) => PHASE_WORDS[word] === undefined));
  return role === undefined ? undefined : { role };
}

/**
 * `eval_<name>_loss` and `loss/val_<name>` are another evaluation set or a part of its loss; `train/<name>_loss` and
 * `<name>_loss` a part of the training loss.
 */
function partOfLoss(name: TagName): TagDescription | undefined {
  const isOwn = (word: string): boolean => PHASE_WORDS[word] === undefined && !DECORATIONS.has(word);
  const folder = wordsOf(name.folders.at(-1) ?? '').filter(isOwn);
  const leaf = name.leafWords.filter(isOwn);
  const inLossFolder =
    name.phase !== undefined &&
    LOSS_WORDS.has(folder.join(' ')) &&
    leaf.length > 0 &&
    !leaf.some((word) => LOSS_WORDS.has(word));
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
  return ownerFolders(name).length > 0 || own.some((word) => PLAYERS.has(word))
    ? undefined
    : { role: 'other', standsIn: { role: 'train/loss', as: 'part' } };
}

const LOSS_WORDS: ReadonlySet<string> = new Set(['loss', 'losses']);

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
