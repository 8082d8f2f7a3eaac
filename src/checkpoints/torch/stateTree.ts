import type { OpaqueObject, PlainValue } from '../../model/tensor.js';
import type { CheckpointTensor } from '../checkpoint.js';
import { isKnown } from '../pickle/suspicion.js';
import {
  entriesOf,
  itemsOf,
  keyText,
  PickleCall,
  PickleDict,
  PickleGlobal,
  PickleSequence,
  wholeNumber,
} from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';
import { roleOfPath } from '../roles.js';
import { numpyArray, numpyScalar } from './numpyObjects.js';
import { torchTensor } from './torchObjects.js';
import type { FindStorage, TorchTensor } from './torchObjects.js';

const DEEPEST = 64;
const MOST_PARTS = 4_000_000;
const MOST_VALUES = 5_000;
const LONGEST_TEXT = 200;
/** A list of more numbers than this is data, not a setting. */
const LONGEST_LIST = 64;

/** What a state tree, as `torch.save` writes it, holds. */
export interface StateTree {
  readonly tensors: readonly TreeTensor[];
  readonly values: ReadonlyMap<string, PlainValue>;
  readonly opaque: readonly OpaqueObject[];
}

export interface TreeTensor extends CheckpointTensor {
  readonly path: readonly string[];
  readonly view?: TorchTensor['view'];
}

/** Whether a tensor comes from a state tree. */
export function isOfTree(tensor: CheckpointTensor): tensor is TreeTensor {
  return 'path' in tensor;
}

/** Where modules keep what is theirs: no part of the names of parameters. */
const MODULE_PARTS = new Set(['_parameters', '_buffers', '_modules']);

/** Walks through what a pickle holds. Parts that are shared, or that hold themselves, are walked through once. */
export function walkState(root: PickleValue, find: FindStorage): StateTree {
  return new Walk(find).run(root);
}

class Walk {
  readonly #find: FindStorage;
  readonly #tensors: TreeTensor[] = [];
  readonly #values = new Map<string, PlainValue>();
  readonly #opaque = new Map<string, { global: string; path: string; count: number }>();
  readonly #seen = new Set<PickleValue>();
  #parts = 0;

  constructor(find: FindStorage) {
    this.#find = find;
  }

  run(root: PickleValue): StateTree {
    this.#visit(root, []);
    return { tensors: withParameters(this.#tensors, root), values: this.#values, opaque: [...this.#opaque.values()] };
  }

  #visit(value: PickleValue | undefined, path: readonly string[]): void {
    if (value === undefined || path.length > DEEPEST || ++this.#parts > MOST_PARTS) {
      return;
    }
    if (value === null || typeof value !== 'object') {
      this.#plain(value, path);
      return;
    }
    const tensor = torchTensor(value, this.#find) ?? numpyArray(value);
    if (tensor) {
      this.#tensor(tensor, path);
      return;
    }
    const scalar = numpyScalar(value);
    if (scalar !== undefined) {
      this.#plain(scalar, path);
      return;
    }
    if (this.#seen.has(value)) {
      return;
    }
    this.#seen.add(value);
    this.#container(value, path);
  }

  #container(value: object & PickleValue, path: readonly string[]): void {
    const items = itemsOf(value);
    if (items) {
      const isData = items.length > LONGEST_LIST && items.every((item) => item === null || typeof item !== 'object');
      if (!isData && path.at(-1) !== 'params') {
        items.forEach((item, index) => this.#visit(item, [...path, String(index)]));
      }
      return;
    }
    const entries = entriesOf(value);
    entries?.forEach(([key, one], index) =>
      this.#visit(one, this.#below(path, keyText(key) ?? tupleText(key) ?? `#${index}`)),
    );
    if (value instanceof PickleGlobal && !isKnown(value.path)) {
      this.#note(value.path, path);
    }
    if (value instanceof PickleCall && !entries) {
      this.#object(value, path);
    } else if (value instanceof PickleCall && value.state !== undefined) {
      // An OrderedDict has attributes too: state dicts keep `_metadata` in one.
      this.#visit(value.state instanceof PickleDict ? undefined : value.state, path);
    }
  }

  /** An object of a class that is not known: its name, and whatever it holds. */
  #object(call: PickleCall, path: readonly string[]): void {
    const name = nameOf(call);
    if (!isKnown(name)) {
      this.#note(name, path);
    }
    call.args.forEach((argument, index) =>
      this.#visit(argument, name === 'copyreg._reconstructor' ? path : [...path, `args.${index}`]),
    );
    call.items.forEach((item, index) => this.#visit(item, [...path, String(index)]));
    call.entries.forEach(([key, value], index) => this.#visit(value, this.#below(path, keyText(key) ?? `#${index}`)));
    // The attributes of an object, or a pair of them and its slots.
    this.#visit(call.state, path);
  }

  #below(path: readonly string[], key: string): readonly string[] {
    return MODULE_PARTS.has(key) ? path : [...path, key];
  }

  #plain(value: PlainValue | bigint, path: readonly string[]): void {
    if (value === null || path.length === 0 || this.#values.size >= MOST_VALUES) {
      return;
    }
    const plain = typeof value === 'bigint' ? value.toString() : value;
    this.#values.set(path.join('.'), typeof plain === 'string' ? plain.slice(0, LONGEST_TEXT) : plain);
  }

  #tensor({ dtype, shape, bytes, data, view }: TorchTensor, path: readonly string[]): void {
    const name = path.join('.') || 'tensor';
    this.#tensors.push({ name, path, dtype, shape, bytes, data, role: roleOfPath(path), ...(view && { view }) });
  }

  #note(global: string, path: readonly string[]): void {
    const known = this.#opaque.get(global);
    if (known) {
      known.count++;
    } else {
      this.#opaque.set(global, { global, path: path.join('.'), count: 1 });
    }
  }
}

function nameOf(call: PickleCall): string {
  const [first] = call.args;
  const isReconstruction = call.name === 'copyreg._reconstructor' || call.name === 'copyreg.__newobj__';
  return isReconstruction && first instanceof PickleGlobal ? first.path : (call.name ?? 'an object that is called');
}

/** Keys of mixed-precision and distributed optimizers are pairs. */
function tupleText(key: PickleValue): string | undefined {
  return key instanceof PickleSequence ? key.items.map((item) => keyText(item) ?? '?').join(',') : undefined;
}

/**
 * Optimizers number the parameters in the order in which the model has them. Where one model lies beside one optimizer,
 * and number and shapes agree, each state gets the name of its parameter.
 */
function withParameters(tensors: readonly TreeTensor[], root: PickleValue): readonly TreeTensor[] {
  const optimizers = new Set(tensors.filter(({ role }) => role.startsWith('optimizer/')).map(optimizerPath));
  optimizers.delete(undefined);
  const weights = tensors.filter(({ role }) => role === 'weight');
  const [only] = optimizers;
  if (optimizers.size !== 1 || only === undefined || weights.length === 0) {
    return tensors;
  }
  const indices = parameterIndices(root, only);
  const distinct = weights.filter(
    ({ view }, index) =>
      !view ||
      weights.findIndex((one) => one.view?.storage.key === view.storage.key && one.view.offset === view.offset) ===
        index,
  );
  if (!indices || indices.length !== distinct.length) {
    return tensors;
  }
  const names = new Map(indices.map((index, place) => [index, distinct[place]]));
  const agrees = tensors.every((tensor) => {
    const weight = names.get(stateIndex(tensor) ?? -1);
    return (
      !weight || tensor.shape.length === 0 || tensor.shape.length !== weight.shape.length || sameShape(tensor, weight)
    );
  });
  return agrees
    ? tensors.map((tensor) => {
        const weight = names.get(stateIndex(tensor) ?? -1);
        return weight && tensor.role.startsWith('optimizer/') ? { ...tensor, parameter: weight.name } : tensor;
      })
    : tensors;
}

function sameShape(a: CheckpointTensor, b: CheckpointTensor): boolean {
  return a.shape.every((size, index) => size === b.shape[index]);
}

function optimizerPath({ path }: TreeTensor): string | undefined {
  const at = path.lastIndexOf('state');
  return at < 0 ? undefined : path.slice(0, at).join('.');
}

function stateIndex({ path, role }: TreeTensor): number | undefined {
  const at = path.lastIndexOf('state');
  const index = at < 0 || !role.startsWith('optimizer/') ? NaN : Number(path[at + 1]);
  return Number.isInteger(index) ? index : undefined;
}

function parameterIndices(root: PickleValue, optimizerPath: string): number[] | undefined {
  let current: PickleValue | undefined = root;
  for (const key of optimizerPath === '' ? [] : optimizerPath.split('.')) {
    const items = itemsOf(current);
    current = items ? items[Number(key)] : entriesOf(current)?.find(([one]) => keyText(one) === key)?.[1];
  }
  const groups = itemsOf(entriesOf(current)?.find(([key]) => key === 'param_groups')?.[1]);
  const all = groups?.flatMap((group) => itemsOf(entriesOf(group)?.find(([key]) => key === 'params')?.[1]) ?? []);
  const indices = all?.map(wholeNumber);
  return indices?.every((index) => index !== undefined) ? indices : undefined;
}
