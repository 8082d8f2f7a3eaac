import { CheckpointError } from '../checkpointError.js';
import type { OpenedCheckpoint } from '../formats.js';
import type { NumberPlace, Unpickled } from '../pickle/machine.js';
import { keyText, PickleDict } from '../pickle/values.js';
import { MOMENTUM_STATE } from '../roles.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import { isOfTree } from '../torch/stateTree.js';
import type { TreeTensor } from '../torch/stateTree.js';
import type { Patch, Patches, RepairSummary } from './patch.js';
import { coveredStretch, openTorchFile } from './torchFile.js';
import type { Changes, ReadBack } from './torchFile.js';

const ZEROS = new Uint8Array(1024 * 1024);
/** Optimizers with states of eight bits look their numbers up in a table, in which zero is not the byte 0. */
const COMPRESSED_STATE = /^optimizer\/(state[12]|qmap[12]|absmax[12])$/;

/**
 * Sets the momentum of every optimizer to zero and its steps to 0: training goes on from the same weights as if the
 * optimizer had just been made. Everything else keeps its bytes.
 */
export async function* resetMomentum(file: RandomAccess, checkpoint: OpenedCheckpoint, readBack: ReadBack): Patches {
  const compressed = checkpoint.tensors.find(({ role }) => COMPRESSED_STATE.test(role));
  if (compressed) {
    throw new CheckpointError(`${compressed.name} is momentum in a compressed form, which is not reset here`);
  }
  const toReset = checkpoint.tensors.filter(({ role }) => isReset(role));
  switch (checkpoint.format) {
    case 'safetensors':
      return yield* resetSafetensors(file, toReset);
    case 'torch-zip':
    case 'torch-legacy':
      return yield* resetTorch(file, checkpoint, toReset.filter(isOfTree), readBack);
    default:
      throw new CheckpointError(
        `momentum is not reset in files of the format ${checkpoint.format}`,
        0,
        'name a file that torch.save has written, or a safetensors file',
      );
  }
}

function isReset(role: string): boolean {
  const name = role.startsWith('optimizer/') ? role.slice('optimizer/'.length) : '';
  return name === 'step' || MOMENTUM_STATE.includes(name);
}

function nothingToReset(): CheckpointError {
  return new CheckpointError(
    'there is no momentum in it: it holds no optimizer state',
    0,
    'name the file that the optimizer was saved in (Transformers calls it optimizer.pt)',
  );
}

function* resetSafetensors(file: RandomAccess, tensors: OpenedCheckpoint['tensors']): Generator<Patch, RepairSummary> {
  if (tensors.length === 0) {
    throw nothingToReset();
  }
  for (const { name, data } of tensors) {
    if (!(data instanceof ContiguousData) || data.file !== file || data.offset + data.bytes > file.size) {
      throw new CheckpointError(
        `${name} cannot be reset: ${'unreadable' in data ? data.unreadable : 'it is not stored as such'}`,
      );
    }
    yield* zeros(data.offset, data.bytes);
  }
  return { changed: tensors.map(({ name }) => name), notes: [] };
}

async function* resetTorch(
  file: RandomAccess,
  checkpoint: OpenedCheckpoint,
  tensors: readonly TreeTensor[],
  readBack: ReadBack,
): Patches {
  const torch = await openTorchFile(file, checkpoint.format, readBack);
  const numbers = stepPlaces(torch.unpickled);
  if (tensors.length === 0 && numbers.length === 0) {
    throw nothingToReset();
  }
  const kept = keptStorages(checkpoint.tensors.filter(isOfTree), new Set(tensors));
  const changes: Changes[number][] = [];
  for (const tensor of tensors) {
    const stretch = coveredStretch(tensor);
    const place = tensor.view && (await torch.place(tensor.view.storage));
    if (!stretch || !place || stretch.from + stretch.bytes > place.bytes) {
      throw new CheckpointError(`${tensor.name} cannot be reset where it stands: save the checkpoint again first`);
    }
    if (overlaps(kept.get(tensor.view.storage.key), stretch)) {
      throw new CheckpointError(`${tensor.name} shares its storage with a tensor that must stay as it is`);
    }
    const offset = place.offset + stretch.from;
    changes.push({ offset, length: stretch.bytes });
    yield* zeros(offset, stretch.bytes);
  }
  for (const { offset } of numbers) {
    const patch = await zeroNumber(file, torch.pickleOffset + offset);
    changes.push({ offset: patch.offset, length: patch.bytes.length });
    yield patch;
  }
  yield* torch.seal(changes);
  const steps = numbers.length > 0 ? [`${numbers.length} step counters that are plain numbers were set to 0`] : [];
  return { changed: tensors.map(({ name }) => name), notes: steps };
}

function* zeros(offset: number, length: number): Generator<Patch> {
  for (let done = 0; done < length; done += ZEROS.length) {
    yield { offset: offset + done, bytes: ZEROS.subarray(0, Math.min(ZEROS.length, length - done)) };
  }
}

type Stretch = { readonly from: number; readonly bytes: number };

function keptStorages(all: readonly TreeTensor[], reset: ReadonlySet<TreeTensor>): Map<string, Stretch[]> {
  const kept = new Map<string, Stretch[]>();
  for (const tensor of all) {
    if (tensor.view && !reset.has(tensor)) {
      const { key } = tensor.view.storage;
      kept.set(key, [...(kept.get(key) ?? []), coveredStretch(tensor) ?? { from: 0, bytes: Infinity }]);
    }
  }
  return kept;
}

function overlaps(stretches: readonly Stretch[] | undefined, { from, bytes }: Stretch): boolean {
  return stretches?.some((one) => one.bytes > 0 && one.from < from + bytes && from < one.from + one.bytes) ?? false;
}

/** Step counters that are numbers of the pickle itself: of a parameter's state, or of a group of parameters. */
function stepPlaces({ numberPlaces }: Unpickled): NumberPlace[] {
  return numberPlaces.filter(
    ({ holder, key }) => key === 'step' && holder instanceof PickleDict && isOptimizerState(holder),
  );
}

function isOptimizerState({ entries }: PickleDict): boolean {
  const keys = new Set(entries.map(([key]) => keyText(key)));
  return MOMENTUM_STATE.some((name) => keys.has(name)) || (keys.has('params') && keys.has('lr'));
}

/** Makes a number of a pickle zero without changing how long it is. */
async function zeroNumber(file: RandomAccess, offset: number): Promise<Patch> {
  const [opcode = 0, length = 0] = await readExactly(file, offset, 2, 'a number of the pickle');
  const at = (from: number, bytes: number): Patch => ({ offset: offset + from, bytes: new Uint8Array(bytes) });
  switch (opcode) {
    case 0x4b: // BININT1
      return at(1, 1);
    case 0x4d: // BININT2
      return at(1, 2);
    case 0x4a: // BININT
      return at(1, 4);
    case 0x47: // BINFLOAT
      return at(1, 8);
    case 0x8a: // LONG1
      return at(2, length);
    default:
      throw new CheckpointError('a step counter is written in a way that cannot be changed where it stands', offset);
  }
}
