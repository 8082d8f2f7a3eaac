import * as tf from './tensorflow.js';

/** Our kernels take so many numbers at once: what is no multiple of it is left to TensorFlow.js, or padded. */
export const LANES = 4;

/** Kernels that a backend may have beyond those of TensorFlow.js, each many of those in one, and their gradients. */
export const FUSED_KERNELS = [
  'attention',
  'attentionGradient',
  'norm',
  'normGradient',
  'reluGradient',
  'gelu',
  'geluGradient',
] as const;
export type FusedKernel = (typeof FUSED_KERNELS)[number];

/** Under which name of its own a kernel is registered. */
export function registeredName(kernel: FusedKernel): string {
  return `EvenkeelLab.${kernel}`;
}

/** Whether the backend that runs has a kernel. */
export function hasFused(kernel: FusedKernel): boolean {
  return Boolean(tf.getKernel(registeredName(kernel), tf.getBackend()));
}

/** What a fused kernel gives for some tensors. */
export function runFused(
  kernel: FusedKernel,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Readonly<Record<string, number | boolean>>,
): tf.Tensor[] {
  return tf.engine().runKernel(registeredName(kernel), { ...inputs }, { ...attributes });
}

/** A function whose gradient is written out: what it gives, what it keeps, and the gradients of all that it was given. */
export interface Written {
  readonly value: tf.Tensor;
  readonly saved: readonly tf.Tensor[];
  readonly gradients: (dOut: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[];
}

/** Applies a function with a gradient that is written out. */
export function withGradient(written: (...given: tf.Tensor[]) => Written, ...given: tf.Tensor[]): tf.Tensor {
  return tf.customGrad((...all: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = all.at(-1) as tf.GradSaveFunc;
    const { value, saved, gradients } = written(...(all.slice(0, -1) as tf.Tensor[]));
    save([...saved]);
    return { value, gradFunc: (dOut: tf.Tensor, kept: tf.Tensor[]) => gradients(dOut, kept) };
  })(...given);
}
