import type { Batch } from '../data/batch.js';
import type { LabSettings } from '../settings.js';
import type { Parameter } from '../tensor.js';
import { cnn, mlp } from './classifiers.js';
import { lossOf } from './loss.js';
import type { LossTerms } from './loss.js';
import type { Observation } from './observation.js';
import * as tf from './tensorflow.js';
import { transformer } from './transformer.js';
import type { Weights } from './transformer.js';

/** The loss at some weights, and how it changes with them. */
export interface Slope {
  /** Nats, with penalties. */
  readonly objective: number;
  /** Nats. */
  readonly crossEntropy: number;
  /** Aligned with the parameters. */
  readonly gradients: Float32Array[];
}

/** The proxy on whatever backend computes: weights and gradients come and go as plain arrays. */
export class Model {
  private readonly settings: LabSettings;

  constructor(settings: LabSettings) {
    this.settings = settings;
  }

  /** Loss and gradients on a batch. */
  async slope(parameters: readonly Parameter[], batch: Batch, observation?: Observation): Promise<Slope> {
    const tensors = uploaded(parameters);
    let crossEntropy: tf.Scalar | undefined;
    const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) => {
      const terms = this.terms(named(parameters, given), batch, observation);
      crossEntropy = tf.keep(terms.crossEntropy.clone());
      return terms.objective;
    })(tensors);
    const slope = {
      objective: (await value.data())[0]!,
      crossEntropy: (await crossEntropy!.data())[0]!,
      gradients: await Promise.all(grads.map(async (gradient) => (await gradient.data()) as Float32Array)),
    };
    tf.dispose([value, crossEntropy!, ...grads, ...tensors]);
    return slope;
  }

  /** The cross entropy on a batch in nats, and the share of its rows that are told rightly. */
  async evaluate(parameters: readonly Parameter[], batch: Batch): Promise<{ loss: number; accuracy: number }> {
    const tensors = uploaded(parameters);
    const [loss, best] = tf.tidy((): tf.Tensor[] => {
      const logits = this.logits(named(parameters, tensors), batch);
      return [lossOf(this.settings.loss, logits, batch.targets).crossEntropy, logits.argMax(-1)];
    });
    const [value, told] = [(await loss!.data())[0]!, await best!.data()];
    tf.dispose([loss!, best!, ...tensors]);
    const asked = [...batch.targets.keys()].filter((row) => batch.targets[row]! >= 0);
    const right = asked.filter((row) => told[row] === batch.targets[row]).length;
    return { loss: value, accuracy: right / asked.length };
  }

  /** Logits for a batch, `[rows, classes]`. */
  async outputs(parameters: readonly Parameter[], batch: Batch): Promise<{ values: Float32Array; classes: number }> {
    const tensors = uploaded(parameters);
    const logits = tf.tidy(() => this.logits(named(parameters, tensors), batch));
    const values = (await logits.data()) as Float32Array;
    const classes = logits.shape[1];
    tf.dispose([logits, ...tensors]);
    return { values, classes };
  }

  private terms(weights: Weights, batch: Batch, observation?: Observation): LossTerms {
    return lossOf(this.settings.loss, this.logits(weights, batch, observation), batch.targets, observation);
  }

  private logits(weights: Weights, batch: Batch, observation?: Observation): tf.Tensor2D {
    const { model } = this.settings;
    if (batch.kind === 'sequences') {
      if (model.kind !== 'transformer') {
        throw new Error('sequences are for a transformer');
      }
      return transformer(model, weights, tf.tensor1d(batch.inputs, 'int32'), observation);
    }
    const rows = batch.targets.length;
    const samples = tf.tensor2d(batch.inputs, [rows, batch.inputs.length / rows]);
    switch (model.kind) {
      case 'mlp':
        return mlp(model, weights, samples, observation);
      case 'cnn':
        return cnn(model, weights, samples, observation);
      case 'transformer':
        throw new Error('a transformer takes sequences');
    }
  }
}

function uploaded(parameters: readonly Parameter[]): tf.Tensor[] {
  return parameters.map(({ values, shape }) => tf.tensor(values, [...shape], 'float32'));
}

function named(parameters: readonly Parameter[], tensors: readonly tf.Tensor[]): Weights {
  return new Map(parameters.map(({ name }, index) => [name, tensors[index]!]));
}
