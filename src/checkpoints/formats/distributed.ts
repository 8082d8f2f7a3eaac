import type { Problem } from '../../model/problem.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, OpenPart, Unreadable } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { unpickle } from '../pickle/machine.js';
import { suspicionsOf } from '../pickle/suspicion.js';
import { entriesOf, entry, itemsOf, PickleCall, wholeNumber } from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';
import { roleOfName } from '../roles.js';
import { isBeside } from '../checkpointFiles.js';
import { readExactly, Stretch } from '../source.js';
import type { CheckpointFiles } from '../checkpointFiles.js';
import { ConcatenatedData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';
import { dtypeOf } from '../torch/storages.js';

const LARGEST_METADATA = 64 * 1024 * 1024;

/** A checkpoint of `torch.distributed.checkpoint`: a pickle of what there is, and files in which each rank put its part. */
export const DISTRIBUTED: CheckpointFormat = {
  id: 'torch-dcp',
  title: 'PyTorch Distributed Checkpoint (.metadata)',
  savedBy: ['PyTorch'],
  endings: ['.metadata'],
  recognise: ({ name, bytes }) => name === '.metadata' && bytes[0] === 0x80,
  open: readDistributed,
};

async function readDistributed(files: CheckpointFiles, openPart: OpenPart): Promise<Checkpoint> {
  const bytes = await readExactly(files.main, 0, files.main.size, 'the metadata', LARGEST_METADATA);
  const unpickled = unpickle(bytes);
  const metadata = stateOf(unpickled.value);
  const described = entriesOf(entry(metadata, 'state_dict_metadata'));
  if (!described) {
    throw new CheckpointError(
      'the metadata describe no tensors',
      0,
      'name the folder that torch.distributed.checkpoint wrote',
    );
  }
  const places = placesOf(entry(metadata, 'storage_data'));
  const problems: Problem[] = [];
  const tensors: CheckpointTensor[] = [];
  for (const [key, value] of described) {
    if (typeof key !== 'string') {
      continue;
    }
    const tensor = tensorOf(key, stateOf(value), places, files, openPart);
    if (tensor) {
      tensors.push(tensor);
    }
  }
  for (const path of new Set([...places.values()].map((place) => place.path))) {
    if (!isBeside(path)) {
      const message = `the metadata name ${path}: outside their folder nothing is read`;
      problems.push({ offset: 0, message, remedy: 'put all files beside the metadata' });
    } else if (!(await files.sibling(path))) {
      problems.push({ offset: 0, message: `the file ${path} is missing`, remedy: 'copy it too' });
    }
  }
  return { ...NOTHING_ELSE, tensors, suspicions: suspicionsOf(unpickled), problems };
}

/** The attributes of an object. */
function stateOf(value: PickleValue | undefined): PickleValue | undefined {
  return value instanceof PickleCall ? value.state : value;
}

/** Where a part of a tensor lies. */
interface Place {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Of a part: the name of its tensor, and the indices of its first element. */
function partKey(name: string, offsets: readonly number[]): string {
  return JSON.stringify([name, ...offsets]);
}

/** `{ MetadataIndex(fqn, offset): _StorageInfo(relative_path, offset, length) }`, by {@link partKey}. */
function placesOf(value: PickleValue | undefined): Map<string, Place> {
  const places = (entriesOf(value) ?? []).flatMap(([key, info]): [string, Place][] => {
    const [index, place] = [attributes(key), attributes(info)];
    const name = index.get('fqn');
    const path = place.get('relative_path');
    const [offset, length] = [wholeNumber(place.get('offset')), wholeNumber(place.get('length'))];
    return typeof name === 'string' && typeof path === 'string' && offset !== undefined && length !== undefined
      ? [[partKey(name, counts(index.get('offset')) ?? []), { path, offset, length }]]
      : [];
  });
  return new Map(places);
}

/** Frozen data classes are restored by attributes, or by arguments in the order of their fields. */
function attributes(value: PickleValue | undefined): Map<string, PickleValue> {
  const state = stateOf(value);
  return new Map(
    (entriesOf(state) ?? []).flatMap(([key, one]) => (typeof key === 'string' ? [[key, one] as const] : [])),
  );
}

function counts(value: PickleValue | undefined): number[] | undefined {
  const numbers = itemsOf(value)?.map(wholeNumber);
  return numbers?.every((one) => one !== undefined) ? numbers : undefined;
}

function tensorOf(
  name: string,
  description: PickleValue | undefined,
  places: ReadonlyMap<string, Place>,
  files: CheckpointFiles,
  openPart: OpenPart,
): CheckpointTensor | undefined {
  const shape = counts(entry(description, 'size'));
  if (!shape) {
    return undefined;
  }
  const properties = stateOf(entry(description, 'properties'));
  // TensorProperties are restored from a tuple whose first item is the type.
  const dtype = dtypeOf(entry(properties, 'dtype') ?? itemsOf(properties)?.[0]) ?? 'unknown';
  const chunks = (itemsOf(entry(description, 'chunks')) ?? []).map((chunk) => {
    const known = attributes(chunk);
    return { offsets: counts(known.get('offsets')) ?? [], sizes: counts(known.get('sizes')) ?? [] };
  });
  const type = elementType(dtype);
  const bytes = (elementCount(shape) ?? 0) * (type?.size ?? 0);
  const described = { name, dtype, shape, role: roleOfName(name), bytes };
  const ordered = [...chunks].sort((a, b) => compareOffsets(a.offsets, b.offsets));
  const parts = ordered.map(({ offsets, sizes }) => {
    const place = places.get(partKey(name, offsets));
    return place && new ShardData(files, openPart, place, sizes);
  });
  if (!type || parts.length === 0 || parts.includes(undefined)) {
    return {
      ...described,
      data: { unreadable: type ? 'a part of it is not in the metadata' : `elements of type ${dtype} are not read` },
    };
  }
  const alongFirst = ordered.every(({ sizes }) => sizes.slice(1).join() === shape.slice(1).join());
  return { ...described, data: new ConcatenatedData(parts as TensorData[], alongFirst ? 'row-major' : 'other') };
}

function compareOffsets(a: readonly number[], b: readonly number[]): number {
  const axis = a.findIndex((offset, index) => offset !== b[index]);
  return axis < 0 ? 0 : (a[axis] ?? 0) - (b[axis] ?? 0);
}

/** A part of a tensor, which is a file of `torch.save` within the file of its rank. */
class ShardData implements TensorData {
  readonly order = 'row-major';
  readonly #open: () => Promise<TensorData | Unreadable>;

  constructor(files: CheckpointFiles, openPart: OpenPart, place: Place, sizes: readonly number[]) {
    this.#open = async () => {
      const file = await files.sibling(place.path);
      if (!file) {
        return { unreadable: `the file ${place.path} is missing` };
      }
      const main = new Stretch(file, place.offset, place.length);
      const { tensors } = await openPart({ name: place.path, main, sibling: () => Promise.resolve(undefined) });
      const [tensor] = tensors;
      return tensor?.shape.join() === sizes.join()
        ? tensor.data
        : { unreadable: 'a part of it is not what the metadata say' };
    };
  }

  open(): ReturnType<TensorData['open']> {
    let stream: ReturnType<TensorData['open']> | undefined;
    return {
      next: async (target) => {
        if (!stream) {
          const data = await this.#open();
          if ('unreadable' in data) {
            throw new CheckpointError(data.unreadable);
          }
          stream = data.openRowMajor();
        }
        return stream.next(target);
      },
    };
  }

  openRowMajor(): ReturnType<TensorData['open']> {
    return this.open();
  }
}
