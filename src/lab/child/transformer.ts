import { isPostLn } from '../shapes.js';
import type { TransformerSettings } from '../settings.js';
import { attention, attentionLogits } from './attention.js';
import { activated } from './activations.js';
import { layerNorm, rmsNorm } from './norms.js';
import type { Observation } from './observation.js';
import * as tf from './tensorflow.js';

/** Tensors of the model by name. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

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
      stream = this.branch(block, 'attention', stream, (x) => this.attention(block, x));
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

  private attention(block: number, x: tf.Tensor): tf.Tensor {
    const { context, width, heads, qkNorm, placement } = this.settings;
    const name = `blocks.${block}.attention`;
    const split = [x.shape[0], heads, width / heads];
    const project = (projection: string): tf.Tensor => tf.matMul(x, this.weight(`${name}.${projection}`));
    const asked = (projection: string): tf.Tensor =>
      qkNorm
        ? this.normalised(`${name}.${projection}_norm`, project(projection).reshape(split)).reshape(x.shape)
        : project(projection);
    const [query, key] = [asked('query'), asked('key')];
    const shape = { context, heads };
    this.observation?.number(`attention-logit/blocks.${block}`, () => attentionLogits(shape, query, key).abs().max());
    let mixed = attention(shape, query, key, project('value'));
    if (placement === 'normformer') {
      mixed = mixed
        .reshape(split)
        .mul(this.weight(`${name}.head_scales`).reshape([1, heads, 1]))
        .reshape(x.shape);
    }
    return tf.matMul(mixed, this.weight(`${name}.output`));
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
