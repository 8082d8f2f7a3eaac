/**
 * What a pickle describes, as plain data: nothing in it has been imported, constructed or called. Parts may be shared
 * and may hold themselves, as in Python; who walks through them keeps count.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent;

export class PickleSequence {
  readonly kind: 'list' | 'tuple' | 'set';
  readonly items: PickleValue[];

  constructor(kind: PickleSequence['kind'], items: PickleValue[]) {
    this.kind = kind;
    this.items = items;
  }
}

/** Pairs in the order in which they were set; a later one with the same key wins. */
export class PickleDict {
  readonly entries: [key: PickleValue, value: PickleValue][] = [];
}

/** A class or a function by its name. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What calling something would have made: an object, with what was then put into it. */
export class PickleCall {
  readonly callee: PickleValue;
  readonly args: readonly PickleValue[];
  /** Set by `BUILD`. */
  state: PickleValue | undefined = undefined;
  /** Added by `APPEND` and `ADDITEMS`. */
  readonly items: PickleValue[] = [];
  /** Set by `SETITEM`. */
  readonly entries: [key: PickleValue, value: PickleValue][] = [];

  constructor(callee: PickleValue, args: readonly PickleValue[]) {
    this.callee = callee;
    this.args = args;
  }

  /** "torch._utils._rebuild_tensor_v2", where the callee has a name. */
  get name(): string | undefined {
    return this.callee instanceof PickleGlobal ? this.callee.path : undefined;
  }
}

/** Something that is kept outside the pickle. */
export class PicklePersistent {
  readonly id: PickleValue;

  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** Names of the keys of a dictionary that have text or numbers for keys; of the others, none. */
export function keyText(key: PickleValue): string | undefined {
  return typeof key === 'string'
    ? key
    : typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean'
      ? String(key)
      : undefined;
}

/** The pairs of a dictionary or of an object made to be one, such as an `OrderedDict`. */
export function entriesOf(
  value: PickleValue | undefined,
): readonly (readonly [PickleValue, PickleValue])[] | undefined {
  if (value instanceof PickleDict) {
    return value.entries;
  }
  if (!(value instanceof PickleCall) || !isDictionary(value)) {
    return undefined;
  }
  if (value.entries.length > 0) {
    return value.entries;
  }
  // Python 2 gave an OrderedDict its pairs as an argument.
  const [pairs] = value.args;
  if (pairs instanceof PickleDict) {
    return pairs.entries;
  }
  return pairs instanceof PickleSequence
    ? (pairs.items.flatMap((pair) =>
        pair instanceof PickleSequence && pair.items.length === 2 ? [[pair.items[0], pair.items[1]] as const] : [],
      ) as [PickleValue, PickleValue][])
    : [];
}

const DICTIONARIES = new Set([
  'collections.OrderedDict',
  'collections.defaultdict',
  'collections.Counter',
  'builtins.dict',
]);

function isDictionary(call: PickleCall): boolean {
  return call.name !== undefined && DICTIONARIES.has(call.name);
}

/** The value under a key of a dictionary. */
export function entry(value: PickleValue | undefined, key: string): PickleValue | undefined {
  return entriesOf(value)?.findLast(([one]) => keyText(one) === key)?.[1];
}

/** The items of a list, a tuple or a set. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (value instanceof PickleSequence) {
    return value.items;
  }
  if (value instanceof PickleCall && value.name !== undefined && SEQUENCES.has(value.name)) {
    const [items] = value.args;
    return items instanceof PickleSequence ? items.items : value.items;
  }
  return undefined;
}

const SEQUENCES = new Set([
  'torch.Size',
  'builtins.set',
  'builtins.frozenset',
  'builtins.list',
  'builtins.tuple',
  'collections.deque',
]);

/** A whole number of any size that counts exactly. */
export function wholeNumber(value: PickleValue | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}
