import type { CheckpointTensor } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import type { OpenedCheckpoint } from '../formats.js';
import { isOfTree } from '../torch/stateTree.js';
import type { Bytes } from './patch.js';
import { writeSafetensors } from './writeSafetensors.js';
import type { Written } from './writeSafetensors.js';

/** The weights and buffers of a checkpoint, under the names that the model has for them, without anything else. */
export function extractWeights(checkpoint: OpenedCheckpoint): Bytes {
  const kept = checkpoint.tensors.filter(({ role }) => role === 'weight' || role === 'buffer');
  if (kept.length === 0) {
    throw new CheckpointError('there are no weights in it', 0, 'name the file that the model was saved in');
  }
  return writeSafetensors(underOwnNames(kept));
}

/** Every tensor of a checkpoint under the name that it has here; plain values and objects are left out. */
export function toSafetensors(checkpoint: OpenedCheckpoint): Bytes {
  const { tensors, values, opaque } = checkpoint;
  if (tensors.length === 0) {
    throw new CheckpointError('there are no tensors in it');
  }
  const left = [
    ...(values.size > 0 ? [`${values.size} plain values were left out: safetensors holds tensors only`] : []),
    ...(opaque.length > 0 ? [`${opaque.length} kinds of objects were left out`] : []),
  ];
  const isModel = tensors.every(({ role }) => role === 'weight' || role === 'buffer');
  const written = isModel ? underOwnNames(tensors) : tensors.map((tensor) => ({ name: tensor.name, tensor }));
  return writeSafetensors(written, left);
}

/** Without the keys that all of them have in common: "state_dict", "model". Keys of one dictionary may hold dots. */
export function underOwnNames(tensors: readonly CheckpointTensor[]): Written[] {
  const parents = tensors.map((tensor) => pathOf(tensor).slice(0, -1));
  const [first = []] = parents;
  let shared = 0;
  while (shared < first.length && parents.every((path) => path[shared] === first[shared])) {
    shared++;
  }
  return tensors.map((tensor) => ({ name: pathOf(tensor).slice(shared).join('.'), tensor }));
}

function pathOf(tensor: CheckpointTensor): readonly string[] {
  return isOfTree(tensor) ? tensor.path : [tensor.name];
}
