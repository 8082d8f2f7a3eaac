/** The rungs of the ladder, the fastest first. */
export const BACKENDS = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendId = (typeof BACKENDS)[number];
