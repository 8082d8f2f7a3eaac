import type { Problem } from '../../model/problem.js';
import type { Checkpoint } from '../checkpoint.js';
import type { Unpickled } from '../pickle/machine.js';
import { suspicionsOf } from '../pickle/suspicion.js';
import { walkState } from './stateTree.js';
import type { TreeTensor } from './stateTree.js';
import type { FindStorage } from './torchObjects.js';

/** A checkpoint of PyTorch, with what a repair needs to find its places. */
export interface TorchCheckpoint extends Checkpoint {
  readonly tensors: readonly TreeTensor[];
}

/** What a pickle and the storages beside it come to. */
export function torchCheckpoint(
  unpickled: Unpickled,
  find: FindStorage,
  problems: readonly Problem[],
): TorchCheckpoint {
  const { tensors, values, opaque } = walkState(unpickled.value, find);
  return { tensors, values, opaque, suspicions: suspicionsOf(unpickled), problems };
}
