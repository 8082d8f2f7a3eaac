import type { TensorRole } from '../model/tensor.js';

/** State that optimizers keep for each parameter, by the names that they give it. */
const OPTIMIZER_STATE = [
  'exp_avg',
  'exp_avg_sq',
  'max_exp_avg_sq',
  'exp_avg_diff',
  'exp_inf',
  'exp_avg_sq_row',
  'exp_avg_sq_col',
  'momentum_buffer',
  'square_avg',
  'grad_avg',
  'acc_delta',
  'sum',
  'prev',
  'step_size',
  'step',
  'eta',
  'mu',
  'ax',
  'fp32_param',
  'row_momentum',
  'col_momentum',
];

/** Optimizer state that momentum is kept in: what a reset of momentum sets to zero. */
export const MOMENTUM_STATE: readonly string[] = OPTIMIZER_STATE.filter(
  (name) => !['step', 'step_size', 'eta', 'mu', 'ax', 'prev', 'fp32_param'].includes(name),
);

/** Names of layers in files of Keras and TensorFlow, for what PyTorch calls buffers. */
const BUFFERS =
  /(^|[./])(running_mean|running_var|num_batches_tracked|moving_mean|moving_variance|inv_freq|position_ids|token_type_ids|attention_mask|causal_mask|masked_bias|attn_mask|attn_bias_mask|relative_position_index|cos_cached|sin_cached|freqs_cis|rotary_emb\.(cos|sin)|pos_enc\.pe|pe|mask|tril|relative_coords_table|anchor_grid|anchors|weight_scale|input_scale|original_inv_freq|embed_positions\.weights)(:0)?$/;
/** Causal masks of GPT-2 and GPT-Neo, which are called biases. */
const MASK_CALLED_BIAS = /(^|\.)(attn|attention)(\.attention)?\.bias$/;

const OPTIMIZER = /^(optimi[sz]ers?|optim|opt)(_?states?)?(_?dicts?)?\d*$|^(optimi[sz]er)[-_]/i;
const OPTIMIZER_SUFFIX = /[-_](optimi[sz]er|optim|opt)(_state_dict|_states?)?$/i;
const SCHEDULER = /^(lr_?)?(schedulers?|sched)(_?states?)?(_?dicts?)?$/i;
const AVERAGED = /(^|[_.-])(ema|averaged?_?(model|params|weights)?|shadow_params|teacher_ema)([_.-]|$)/i;
const RANDOM = /(^|_)(rng|random)(_|s|$)|^(cuda|cpu|xpu|torch|numpy|python)_?(rng|random)/i;

/** Names without any of these are those of weights or buffers: most of them, which saves a dozen looks at each key. */
const TELLING = /opt|state|sched|rng|random|ema|averag|shadow|exp_|moment|_avg/i;

/** What a tensor at a path of keys is for. */
export function roleOfPath(path: readonly string[]): TensorRole {
  const name = path.join('.');
  if (!TELLING.test(name)) {
    return isBuffer(name) ? 'buffer' : 'weight';
  }
  const own = path.at(-1) ?? '';
  if (path.some((key) => RANDOM.test(key))) {
    return 'random-state';
  }
  if (path.some((key) => SCHEDULER.test(key))) {
    return 'scheduler';
  }
  const inOptimizer = path.slice(0, -1).some((key) => OPTIMIZER.test(key) || OPTIMIZER_SUFFIX.test(key));
  // What HF Trainer and others save as a file of its own: { state: { 0: { exp_avg } }, param_groups }.
  const isBareState = path[0] === 'state' && path.length >= 3;
  if (inOptimizer || isBareState || (OPTIMIZER_STATE.includes(own) && own.includes('_') && path.length > 1)) {
    return `optimizer/${own}`;
  }
  if (path.slice(0, -1).some((key) => AVERAGED.test(key))) {
    return 'ema';
  }
  return isBuffer(name) ? 'buffer' : 'weight';
}

/** What a tensor is for, where names are all that a file has: "optimizer.state.0.exp_avg", "fc.weight". */
export function roleOfName(name: string): TensorRole {
  if (!TELLING.test(name)) {
    return isBuffer(name) ? 'buffer' : 'weight';
  }
  const keys = name.split(/[./]/);
  const own = (keys.at(-1) ?? '').replace(/:0$/, '');
  if (/^(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer)$/.test(keys[0] ?? '') && keys.length > 1) {
    return `optimizer/${keys[0] ?? own}`;
  }
  if (keys.length > 1) {
    return roleOfPath([...keys.slice(0, -1), own]);
  }
  return OPTIMIZER_STATE.includes(own) && own.includes('_') ? `optimizer/${own}` : isBuffer(name) ? 'buffer' : 'weight';
}

function isBuffer(name: string): boolean {
  // Most names end so, and no buffer's does.
  return !name.endsWith('.weight') && (BUFFERS.test(name) || MASK_CALLED_BIAS.test(name));
}
