import type { PythonModule } from '../../loops/python/pythonModule.js';

/** Whether the file shards a model by FSDP: each rank holds a part of the weights, and of their gradients. */
export function shardsByFsdp(module: PythonModule): boolean {
  return ['FSDP', 'FullyShardedDataParallel', 'fully_shard'].some((name) => module.callsNamed(name).length > 0);
}
