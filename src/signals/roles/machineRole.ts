import { table } from '../../base/table.js';
import type { Role } from '../../model/role.js';
import type { TagDescription } from './tagDescription.js';
import type { TagName } from './tagName.js';

/** Words that name a unit, not a quantity. */
const UNITS: ReadonlySet<string> = new Set([
  'bytes',
  'megabytes',
  'mb',
  'mib',
  'gb',
  'gib',
  'watts',
  'w',
  'c',
  'celsius',
]);

/** What loggers call the quantities of a GPU, units taken off. */
const GPU_QUANTITIES = table<readonly string[]>({
  utilization: [
    'gpu',
    'gpu util',
    'gpu utilization',
    'load',
    'util',
    'util %',
    'utilisation',
    'utilization',
    'utilization %',
    'utilization gpu',
    'utilization gpu %',
  ],
  memory: [
    'allocated',
    'mem',
    'mem used',
    'memory',
    'memory allocated',
    'memory usage',
    'memory used',
    'used memory',
    'vram',
  ],
  temperature: ['temp', 'temperature', 'temperature gpu'],
  power: ['power', 'power draw', 'power usage'],
});

/** ... and of the processor and the memory beside it. */
const HOST_QUANTITIES: Readonly<Record<Role, readonly string[]>> = {
  'cpu/utilization': [
    'cpu',
    'cpu percent',
    'cpu percent avg',
    'cpu utilization',
    'cpu util',
    'cpu usage',
    'cpu utilization percentage',
  ],
  'memory/used': [
    'memory used',
    'ram used',
    'ram usage',
    'memory usage',
    'memory',
    'memory percent',
    'ram percent',
    'cpu vm percent',
  ],
  'memory/process': ['proc memory rss', 'process memory rss', 'memory rss'],
};

const GPU_OF_NAME = byName(GPU_QUANTITIES);
const HOST_OF_NAME = byName(HOST_QUANTITIES);

/** Folders under which loggers put the machine's numbers: W&B and MLflow, Comet, Lightning's DeviceStatsMonitor. */
const SYSTEM_FOLDER = /^(?:system|sys|machine|hardware|devicestatsmonitor)\b/i;

/** W&B's share of time in which the GPU's memory was read or written: not how much of it is in use. */
const MEMORY_ACCESS = /gpu\.\d+\.memory$/i;

/**
 * The role of a number about the machine: `gpu/0/memory`, W&B's `system/gpu.0.memoryAllocatedBytes`, MLflow's
 * `system/gpu_0_utilization_percentage`, Lightning's `device_id: 0/utilization.gpu (%)`, nvidia-smi's `utilization.gpu`.
 */
export function machineRole({ tag, words, leafWords }: TagName): TagDescription | undefined {
  const gpu = gpuOf(words);
  const role = gpu ? gpuRole(tag, gpu) : (partRole(tag, words) ?? hostRole(tag, leafWords));
  return role === undefined ? undefined : { role };
}

function gpuRole(tag: string, { number, rest, isNumbered }: GpuWords): Role | undefined {
  const all = rest.map((word) => (word === 'percentage' || word === 'percent' ? '%' : word));
  const own = all.filter((word) => !UNITS.has(word)).join(' ');
  const isShare =
    own.includes('memory') &&
    (own.endsWith('%') || (own === 'memory allocated' && isNumbered && !all.some((word) => UNITS.has(word))));
  const known = MEMORY_ACCESS.test(tag) ? 'memory_access' : isShare ? 'memory_percent' : GPU_OF_NAME.get(own);
  const quantity = known ?? (isNumbered ? rest.join('_') : '');
  return quantity === '' ? undefined : `gpu/${number}/${quantity}`;
}

/** `cpu/utilization`, `memory/used`: as Evenkeel's own hook writes them. */
function partRole(tag: string, [part = '', ...quantity]: readonly string[]): Role | undefined {
  return (part === 'cpu' || part === 'memory') && tag.includes('/') && quantity.length > 0
    ? `${part}/${quantity.join('_')}`
    : undefined;
}

function hostRole(tag: string, leafWords: readonly string[]): Role | undefined {
  if (!SYSTEM_FOLDER.test(tag)) {
    return undefined;
  }
  const own = leafWords.filter((word, at) => !UNITS.has(word) && (at > 0 || !['sys', 'system'].includes(word)));
  return HOST_OF_NAME.get(own.join(' '));
}

/** A GPU, the first where the tag has no number, and the words that say what of it. */
interface GpuWords {
  readonly number: string;
  readonly rest: readonly string[];
  readonly isNumbered: boolean;
}

function gpuOf(words: readonly string[]): GpuWords | undefined {
  const at = words.findIndex((word, index) => index <= 1 && /^(?:gpu|device)\d*$/.test(word));
  const word = words[at];
  if (word === undefined) {
    return undefined;
  }
  const glued = /\d+$/.exec(word)?.[0];
  if (glued !== undefined) {
    return { number: glued, rest: words.slice(at + 1), isNumbered: true };
  }
  const skipped = words[at + 1] === 'id' ? 2 : 1;
  const number = words[at + skipped];
  if (number !== undefined && /^\d+$/.test(number)) {
    return { number, rest: words.slice(at + skipped + 1), isNumbered: true };
  }
  return word === 'gpu' ? { number: '0', rest: words.slice(at + 1), isNumbered: false } : undefined;
}

function byName(table: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).flatMap(([name, tags]) => tags.map((tag) => [tag, name] as const)));
}
