import type { TensorDtype } from '../../model/tensor.js';
import type { Unreadable } from '../checkpoint.js';
import { elementCount, elementType } from '../elementTypes.js';
import { entriesOf, itemsOf, PickleCall, PickleGlobal, wholeNumber } from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';
import { stridedData } from '../tensorData.js';
import type { Storage, TensorData } from '../tensorData.js';
import { numpyArray } from './numpyObjects.js';
import { dtypeOf, storageOf } from './storages.js';
import type { StorageReference } from './storages.js';

/** A tensor that a pickle tells how to rebuild. */
export interface TorchTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly data: TensorData | Unreadable;
  /** Of what is a view: which storage, and which elements of it. */
  readonly view?: { readonly storage: StorageReference; readonly offset: number; readonly strides: readonly number[] };
}

/** Where the bytes of storages are, by their keys. */
export type FindStorage = (reference: StorageReference, dtype: TensorDtype) => Storage | Unreadable;

/** Parameters within parameters; no checkpoint wraps a tensor more often. */
const DEEPEST_WRAPPING = 8;

/** The tensor that a call rebuilds, undefined when it rebuilds none. */
export function torchTensor(value: PickleValue | undefined, find: FindStorage, depth = 0): TorchTensor | undefined {
  if (!(value instanceof PickleCall) || value.name === undefined || depth > DEEPEST_WRAPPING) {
    return undefined;
  }
  const { args } = value;
  switch (value.name) {
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return viewOf(args, { dtype: undefined, metadata: args[6] }, find);
    case 'torch._utils._rebuild_tensor_v3':
      return viewOf(args, { dtype: dtypeOf(args[6]), metadata: args[7] }, find);
    case 'torch._utils._rebuild_parameter':
    case 'torch._utils._rebuild_parameter_with_state':
    case 'torch.nn.parameter.Parameter':
    case 'torch.nn.parameter.Buffer':
      return torchTensor(args[0], find, depth + 1);
    case 'torch._tensor._rebuild_from_type_v2': {
      const [rebuild, , inner] = args;
      return rebuild instanceof PickleGlobal && itemsOf(inner)
        ? torchTensor(new PickleCall(rebuild, itemsOf(inner) ?? []), find, depth + 1)
        : undefined;
    }
    case 'torch._utils._rebuild_qtensor':
      return withoutElements(
        args[2],
        storageOf(args[0])?.dtype ?? 'quantised',
        'a quantised tensor: its scales are kept apart',
      );
    case 'torch._utils._rebuild_sparse_tensor':
    case 'torch._utils._rebuild_sparse_csr_tensor': {
      const parts = itemsOf(args[1]) ?? [];
      const shape = parts.find(
        (part, index) => index >= 2 && itemsOf(part)?.every((one) => wholeNumber(one) !== undefined),
      );
      // Indices come first, one tensor or two by the layout; then the values.
      const values = parts.flatMap((part) => torchTensor(part, find, depth + 1) ?? []).at(-1);
      return withoutElements(shape, values?.dtype ?? 'sparse', 'a sparse tensor');
    }
    case 'torch._utils._rebuild_meta_tensor_no_storage':
      return withoutElements(args[1], dtypeOf(args[0]) ?? 'meta', 'a tensor of the meta device: it has no elements');
    case 'torch._utils._rebuild_wrapper_subclass':
      return withoutElements(args[2], dtypeOf(args[1]) ?? 'wrapped', 'a tensor of a class of its own');
    case 'torch._utils._rebuild_device_tensor_from_numpy':
    case 'torch._utils._rebuild_device_tensor_from_cpu_tensor':
      return numpyArray(args[0]) ?? torchTensor(args[0], find, depth + 1);
    default:
      return undefined;
  }
}

function viewOf(
  [storageValue, offsetValue, sizeValue, strideValue]: readonly PickleValue[],
  { dtype, metadata }: { readonly dtype: TensorDtype | undefined; readonly metadata: PickleValue | undefined },
  find: FindStorage,
): TorchTensor | undefined {
  const storage = storageOf(storageValue);
  const shape = countsOf(sizeValue);
  if (!storage || !shape) {
    return undefined;
  }
  const ownDtype = dtype ?? storage.dtype ?? 'u8';
  const type = elementType(ownDtype);
  const count = elementCount(shape);
  const strides = countsOf(strideValue) ?? [];
  const offset = wholeNumber(offsetValue) ?? -1;
  const described = {
    dtype: ownDtype,
    shape,
    bytes: (count ?? 0) * (type?.size ?? 1),
    view: { storage, offset, strides },
  };
  if (!type || count === undefined) {
    return {
      ...described,
      data: { unreadable: type ? 'its shape makes no sense' : `elements of type ${ownDtype} are not read` },
    };
  }
  const pending = PENDING.find(({ key }) =>
    entriesOf(metadata)?.some(([name, isSet]) => name === key && isSet === true),
  );
  if (pending) {
    return { ...described, data: { unreadable: pending.unreadable } };
  }
  const found = find(storage, ownDtype);
  return { ...described, data: 'unreadable' in found ? found : stridedData(type, found, offset, shape, strides) };
}

/** What PyTorch still has to do to the elements of a view that it has only marked; the storage holds them as they were. */
const PENDING = [
  { key: 'neg', unreadable: 'a view whose sign PyTorch has yet to change: save what resolve_neg() returns' },
  { key: 'conj', unreadable: 'a view that PyTorch has yet to conjugate: save what resolve_conj() returns' },
] as const;

function countsOf(value: PickleValue | undefined): number[] | undefined {
  const counts = itemsOf(value)?.map(wholeNumber);
  return counts?.every((count) => count !== undefined) ? counts : undefined;
}

function withoutElements(shape: PickleValue | undefined, dtype: TensorDtype, unreadable: string): TorchTensor {
  return { dtype, shape: countsOf(shape) ?? [], bytes: 0, data: { unreadable } };
}
