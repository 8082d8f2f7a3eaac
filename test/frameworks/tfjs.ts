import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-backend-cpu';

/** What the package `@tensorflow/tfjs` holds, without the backends that a test has no use for. */
export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
