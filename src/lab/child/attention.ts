import { hasFused, LANES, runFused, withGradient } from './fused.js';
import * as tf from './tensorflow.js';

/** What is added to a logit of attention that must not be seen. */
const MASKED = -1e9;

/** How sequences and heads lie in `[batch × context, heads × size]`. */
export interface AttentionShape {
  /** Tokens of a sequence. */
  readonly context: number;
  readonly heads: number;
}

/** Causal attention of queries to keys (Vaswani et al. 2017); all are `[batch × context, heads × size]`, the result too. */
export function attention(shape: AttentionShape, query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): tf.Tensor {
  const size = query.shape[1]! / shape.heads;
  return shape.context % LANES === 0 && size % LANES === 0 && hasFused('attention')
    ? fusedAttention(shape, query, key, value)
    : composedAttention(shape, query, key, value);
}

/** Logits of attention before the future is hidden, `[batch, heads, context, context]`. */
export function attentionLogits(shape: AttentionShape, query: tf.Tensor, key: tf.Tensor): tf.Tensor {
  const asked = byHead(shape, query);
  return tf.matMul(asked, byHead(shape, key), false, true).mul(1 / Math.sqrt(asked.shape[3]!));
}

/** Attention by the kernels of TensorFlow.js. */
export function composedAttention(
  shape: AttentionShape,
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
): tf.Tensor {
  const shares = tf.softmax(attentionLogits(shape, query, key).add(mask(shape.context)));
  return tf.matMul(shares, byHead(shape, value)).transpose([0, 2, 1, 3]).reshape(query.shape);
}

/** Attention by a kernel of our own. */
export function fusedAttention(
  { context, heads }: AttentionShape,
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
): tf.Tensor {
  const written = (...[q, k, v]: tf.Tensor[]) => {
    const [out, shares] = runFused('attention', { query: q!, key: k!, value: v! }, { context, heads });
    return {
      value: out!,
      saved: [q!, k!, v!, shares!],
      gradients: (dOut: tf.Tensor, saved: readonly tf.Tensor[]) => {
        const [ofQuery, ofKey, ofValue, ofShares] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const inputs = { query: ofQuery, key: ofKey, value: ofValue, shares: ofShares, dOut };
        return runFused('attentionGradient', inputs, { context, heads });
      },
    };
  };
  return withGradient(written, query, key, value);
}

function byHead({ context, heads }: AttentionShape, x: tf.Tensor): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  return x.reshape([rows / context, context, heads, width / heads]).transpose([0, 2, 1, 3]);
}

/** Adds nothing where a token may look, and very much less than nothing where it may not. */
function mask(context: number): tf.Tensor2D {
  const values = new Float32Array(context * context);
  for (let row = 0; row < context; row++) {
    values.fill(MASKED, row * context + row + 1, (row + 1) * context);
  }
  return tf.tensor2d(values, [context, context]);
}
