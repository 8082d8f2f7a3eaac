import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';

/**
 * TensorFlow.js as the child has it: one copy with all gradients, whichever backend computes. Backends that are loaded
 * from a folder of the user's get this very copy too.
 */
export * from '@tensorflow/tfjs-core';
