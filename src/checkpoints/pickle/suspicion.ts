import type { Suspicion } from '../checkpoint.js';
import type { Unpickled } from './machine.js';
import { STANDARD_LIBRARY } from './standardLibrary.js';
import { PickleCall, PickleDict, PickleGlobal, PickleSequence } from './values.js';
import type { PickleValue } from './values.js';

/**
 * What real checkpoints call, and what does nothing but make plain data of its arguments. Of PyTorch: what
 * `torch.load(weights_only=True)` allows.
 */
const KNOWN = [
  /^collections\.(OrderedDict|defaultdict|Counter|deque|namedtuple)$/,
  /^builtins\.(set|frozenset|list|dict|tuple|int|float|bool|str|bytes|bytearray|complex|slice|range|object)$/,
  /^_codecs\.encode$/,
  /^copyreg\.(_reconstructor|__newobj__|__newobj_ex__)$/,
  /^torch\.(\w+Storage|Size|device|Tensor|Generator|[a-z]+\d*(_e\dm\d\w*)?|uint\d+|int\d+|float8_\w+)$/,
  /^torch\.(cuda|xpu|storage)\.\w*Storage$/,
  /^torch\._utils\._rebuild_\w+$/,
  /^torch\._tensor\._rebuild_from_type_v2$/,
  /^torch\.nn\.parameter\.(Parameter|Buffer|UninitializedParameter)$/,
  /^torch\.serialization\._get_layout$/,
  /^numpy\.(_?core\.)?(multiarray\._reconstruct|multiarray\.scalar|numeric\._frombuffer|ndarray|dtype|\w*(int|float|bool|complex)\w*)$/,
  /^numpy\.dtypes\.\w+DType$/,
];

/** Classes of the standard library that hold data, and functions that only find what is there already. */
const HARMLESS_STANDARD =
  /^(datetime|decimal|fractions|uuid|enum|numbers|typing|zoneinfo|ipaddress|abc|dataclasses|collections|_collections_abc)\.|^argparse\.Namespace$|^types\.(SimpleNamespace|NoneType|MappingProxyType)$|^pathlib\.(_local\.)?(Pure)?(Posix|Windows)?Path$|^re\._compile$|^logging\.getLogger$|^random\.Random$|^io\.(BytesIO|StringIO)$|^array\.(array|_array_reconstructor)$|^functools\.partial$|^operator\.(itemgetter|mul|add|sub)$|^torch\./;

/** Functions of libraries that run or fetch what they are given. */
const DANGEROUS =
  /^torch\.(load|hub\.|jit\.|utils\.cpp_extension|_dynamo|_inductor|package|multiprocessing|distributed\.(rpc|run|launch)|ops\.|classes\.|serialization\.(load|_load)|storage\._load_from_bytes|fx\.|testing\._internal|nn\.modules\.module\._)|^numpy\.(load|testing|f2py|distutils|fromfile|loadtxt|genfromtxt|memmap|DataSource|save|savetxt|ctypeslib)|^(pandas|joblib|dill|cloudpickle|jsonpickle|sklearn\.externals\.joblib|yaml|numexpr|pip|setuptools|distutils|pkg_resources|requests|urllib3|httpx|aiohttp|paramiko|fabric|invoke|sh|plumbum|pexpect|IPython|ipykernel|nbformat|webbrowser|keras\.(src\.)?(models|saving)|tensorflow\.(keras|io)|transformers\.(utils|dynamic_module_utils|pipelines)|huggingface_hub)(\.|$)/;

/** Names by which a path through modules leaves them for others, or for the inside of objects. */
const WAY_OUT = /^__\w+__$|^(func_globals|gi_frame|f_globals|f_builtins|cr_frame)$/;

const BUILTIN_DATA = new Set([
  'set', 'frozenset', 'list', 'dict', 'tuple', 'int', 'float', 'bool', 'str', 'bytes', 'bytearray', 'complex', 'slice',
  'range', 'object', 'NoneType', 'Ellipsis', 'NotImplemented', 'getattr', 'print',
]); // prettier-ignore

/** Whether a global makes plain data, and needs no mention. */
export function isKnown(path: string): boolean {
  return KNOWN.some((pattern) => pattern.test(path));
}

/** What a pickle would do on being loaded that no checkpoint needs. Each global is told once. */
export function suspicionsOf({ globals, calls }: Pick<Unpickled, 'globals' | 'calls'>): Suspicion[] {
  const found = new Map<string, Suspicion>();
  for (const call of calls) {
    const path = pathOf(call.callee);
    const reached = path === 'builtins.getattr' ? pathOf(call) : path;
    if (reached !== undefined && isDangerous(reached) && !found.get(reached)?.called) {
      found.set(reached, { global: reached, called: true, detail: `with ${shown(call.args)}` });
    }
  }
  for (const { path } of globals) {
    if (isDangerous(path) && !found.has(path)) {
      found.set(path, { global: path, called: false, detail: 'imported, and handed to something else' });
    }
  }
  return [...found.values()];
}

function isDangerous(path: string): boolean {
  if (isKnown(path)) {
    return false;
  }
  const [top = '', ...names] = path.split('.');
  if (names.some((name) => WAY_OUT.test(name)) || names.slice(0, -1).some((name) => LEADS_OUT.has(name))) {
    return true;
  }
  if (top === 'builtins') {
    return !BUILTIN_DATA.has(names[0] ?? '') && !/(Error|Exception|Warning)$/.test(names[0] ?? '');
  }
  if (STANDARD_LIBRARY.has(top)) {
    return !HARMLESS_STANDARD.test(path);
  }
  return DANGEROUS.test(path);
}

/** Modules of the standard library that other modules have imported, and that a dotted name can therefore reach. */
const LEADS_OUT = new Set([
  'os', 'sys', 'subprocess', 'builtins', 'shutil', 'importlib', 'socket', 'pickle', 'ctypes', 'runpy', 'posix', 'nt',
]); // prettier-ignore

/** The name of what is called, through `getattr` too. */
function pathOf(callee: PickleValue, depth = 0): string | undefined {
  if (callee instanceof PickleGlobal) {
    return callee.path;
  }
  if (!(callee instanceof PickleCall) || depth > 8) {
    return undefined;
  }
  const [owner, name] = callee.args;
  if (callee.name === 'builtins.getattr' && owner !== undefined) {
    const path = pathOf(owner, depth + 1) ?? 'object';
    return typeof name === 'string' ? `${path}.${name}` : 'builtins.getattr';
  }
  return undefined;
}

const LONGEST_SHOWN = 160;

/** Arguments as a person reads them, shortened. */
function shown(values: readonly PickleValue[], depth = 0): string {
  const parts = values.slice(0, 4).map((value) => shownValue(value, depth));
  const text = `(${parts.join(', ')}${values.length > 4 ? ', …' : ''})`;
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function shownValue(value: PickleValue, depth: number): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.slice(0, LONGEST_SHOWN));
  }
  if (value === null || typeof value !== 'object') {
    return String(value);
  }
  if (value instanceof PickleGlobal) {
    return value.path;
  }
  if (depth > 3) {
    return '…';
  }
  if (value instanceof PickleSequence) {
    return shown(value.items, depth + 1);
  }
  if (value instanceof PickleCall) {
    return `${value.name ?? 'object'}${shown(value.args, depth + 1)}`;
  }
  if (value instanceof Uint8Array) {
    return `${value.length} bytes`;
  }
  return value instanceof PickleDict ? `{ ${value.entries.length} items }` : '…';
}
