import * as tf from './tensorflow.js';

/** Gathers numbers and tensors on the way through a model; what is gathered outlives the pass. */
export class Observation {
  /** Single numbers, by tag. */
  readonly numbers = new Map<string, tf.Tensor>();
  /** Outputs of layers, `[rows, features]`, by the name of the layer. */
  readonly layers = new Map<string, tf.Tensor>();

  number(tag: string, value: () => tf.Tensor): void {
    this.numbers.set(tag, tf.keep(value()));
  }

  layer(name: string, output: tf.Tensor): void {
    const rows = output.reshape([-1, output.shape.at(-1)!]);
    // A tensor of its own: the one that is passed on is let go of with the pass.
    this.layers.set(name, tf.keep(rows.clone()));
  }

  dispose(): void {
    tf.dispose([...this.numbers.values(), ...this.layers.values()]);
    this.numbers.clear();
    this.layers.clear();
  }
}
