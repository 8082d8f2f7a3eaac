import { isPostLn } from '../shapes.js';
import type { TransformerSettings } from '../settings.js';
import { activated, layerNorm, rmsNorm } from './layers.js';
import type { Observation } from './observation.js';
import * as tf from './tensorflow.js';

/** Tensors of the model by name. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/** What is added to a logit of attention that must not be seen. */
const MASKED = -1e9;

/** Logits of the next token, `[batch × context, classes]`, for token ids `[batch × context]`. */
export function transformer(
  settings: TransformerSettings,
  weights: Weights,
  tokens: tf.Tensor1D,
  observation?: Observation,
): tf.Tensor2D {
  return new Pass(settings, weights, observation).logits(tokens);
}

class Pass {
  private readonly settings: TransformerSettings;
  private readonly weights: Weights;
  private readonly observation: Observation | undefined;

  constructor(settings: TransformerSettings, weights: Weights, observation: Observation | undefined) {
    this.settings = settings;
    this.weights = weights;
    this.observation = observation;
  }

  logits(tokens: tf.Tensor1D): tf.Tensor2D {
    const { context, width, depth, placement } = this.settings;
    const batch = tokens.shape[0] / context;
    const embedded = tf.gather(this.weight('embedding.tokens'), tokens).reshape([batch, context, width]);
    let stream: tf.Tensor = embedded.add(this.weight('embedding.positions')).reshape([batch * context, width]);
    if (placement === 'peri') {
      stream = this.normalised('embedding.norm', stream);
    }
    for (let block = 0; block < depth; block++) {
      stream = this.branch(block, 'attention', stream, (x) => this.attention(block, x, batch));
      stream = this.branch(block, 'mlp', stream, (x) => this.mlp(block, x));
      this.observation?.layer(`blocks.${block}`, stream);
    }
    if (placement !== 'post' && placement !== 'none') {
      stream = this.normalised('final_norm', stream);
    }
    return tf.matMul(stream, this.weight('head.weight'));
  }

  /** One sub-layer with its norms and its way around. */
  private branch(
    block: number,
    name: 'attention' | 'mlp',
    stream: tf.Tensor,
    layer: (x: tf.Tensor) => tf.Tensor,
  ): tf.Tensor {
    const { placement } = this.settings;
    const norm = `blocks.${block}.${name}_norm`;
    if (placement === 'none') {
      return stream.add(layer(stream));
    }
    if (isPostLn(this.settings, block)) {
      return this.normalised(norm, stream.add(layer(stream)));
    }
    const output = layer(this.normalised(norm, stream));
    const normsOutput = placement === 'peri' || (placement === 'normformer' && name === 'attention');
    return stream.add(normsOutput ? this.normalised(`blocks.${block}.${name}_output_norm`, output) : output);
  }

  private attention(block: number, x: tf.Tensor, batch: number): tf.Tensor {
    const { context, width, heads, qkNorm, placement } = this.settings;
    const name = `blocks.${block}.attention`;
    const size = width / heads;
    const project = (projection: string): tf.Tensor =>
      tf.matMul(x as tf.Tensor2D, this.weight(`${name}.${projection}`)).reshape([batch, context, heads, size]);
    const byHead = (projected: tf.Tensor): tf.Tensor => projected.transpose([0, 2, 1, 3]);
    const asked = (projection: string): tf.Tensor =>
      byHead(qkNorm ? this.normalised(`${name}.${projection}_norm`, project(projection)) : project(projection));
    const logits = tf.matMul(asked('query'), asked('key'), false, true).mul(1 / Math.sqrt(size));
    this.observation?.number(`attention-logit/blocks.${block}`, () => logits.abs().max());
    const shares = tf.softmax(logits.add(mask(context)));
    let mixed = tf.matMul(shares, byHead(project('value')));
    if (placement === 'normformer') {
      mixed = mixed.mul(this.weight(`${name}.head_scales`).reshape([1, heads, 1, 1]));
    }
    const together = mixed.transpose([0, 2, 1, 3]).reshape([batch * context, width]);
    return tf.matMul(together, this.weight(`${name}.output`));
  }

  private mlp(block: number, x: tf.Tensor): tf.Tensor {
    const name = `blocks.${block}.mlp`;
    let hidden = activated(tf.matMul(x, this.weight(`${name}.input`)), this.settings.activation);
    this.observation?.layer(name, hidden);
    if (this.settings.placement === 'normformer') {
      hidden = this.normalised(`blocks.${block}.mlp_hidden_norm`, hidden);
    }
    return tf.matMul(hidden, this.weight(`${name}.output`));
  }

  private normalised(name: string, x: tf.Tensor): tf.Tensor {
    return this.settings.norm === 'rms'
      ? rmsNorm(x, this.weight(`${name}.gain`))
      : layerNorm(x, this.weight(`${name}.gain`), this.weight(`${name}.bias`));
  }

  private weight<Kind extends tf.Tensor = tf.Tensor>(name: string): Kind {
    return this.weights.get(name) as Kind;
  }
}

/** Adds nothing where a token may look, and very much less than nothing where it may not. */
function mask(context: number): tf.Tensor2D {
  const values = new Float32Array(context * context);
  for (let row = 0; row < context; row++) {
    values.fill(MASKED, row * context + row + 1, (row + 1) * context);
  }
  return tf.tensor2d(values, [context, context]);
}
