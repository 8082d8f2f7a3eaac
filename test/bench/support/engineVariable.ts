/** Names the bundle of the engine's worker to a benchmark that starts one. */
export const ENGINE_VARIABLE = 'EVENKEEL_BENCH_ENGINE';
