import { table } from '../../base/table.js';
import type { TagDescription } from './tagDescription.js';
import { wordsOf, type TagName } from './tagName.js';

/** Statistics of a layer's activations under the names that programs give them. */
const STATISTICS = table<string>({
  average: 'mean',
  'abs max': 'absmax',
  'max abs': 'absmax',
  amax: 'absmax',
  'dormant fraction': 'dormant',
  'dormant ratio': 'dormant',
  dead: 'dormant',
  'dead fraction': 'dormant',
  'dead ratio': 'dormant',
  'zero fraction': 'zeros',
  'fraction zero': 'zeros',
  'frac zero': 'zeros',
  sparsity: 'zeros',
  'saturated fraction': 'saturated',
  saturation: 'saturated',
  'effective rank': 'rank',
  'l2 norm': 'norm',
});

/** Other statistics, which keep their names. */
const PLAIN_STATISTICS: ReadonlySet<string> = new Set([
  ...['mean', 'std', 'var', 'rms', 'absmax', 'max', 'min', 'norm', 'kurtosis', 'skewness'],
  ...['dormant', 'zeros', 'saturated', 'rank'],
]);

/** Folders of activations; TransformerLens names each point in the network a hook. */
const ACTIVATION_FOLDERS: ReadonlySet<string> = new Set(['activation', 'activations', 'act', 'acts']);
const HOOK_POINT = /(?:^|\.)hook_\w+$/i;

/** `activation/<layer>/<statistic>`, Composer's `activations/<statistic>/<layer>`, `blocks.0.hook_resid_post/<statistic>`. */
export function activationRole(name: TagName): TagDescription | undefined {
  const [first = '', second = ''] = name.folders;
  const layers = name.folders.slice(1);
  if (ACTIVATION_FOLDERS.has(first.toLowerCase()) && layers.length > 0) {
    const statistic = statisticOf(name.leaf);
    const swapped = statistic === undefined ? statisticOf(second) : undefined;
    return swapped === undefined
      ? { role: `activation/${layers.join('/')}/${statistic ?? name.leaf}` }
      : { role: `activation/${[...name.folders.slice(2), name.leaf].join('/')}/${swapped}` };
  }
  const statistic = statisticOf(name.leaf);
  const point = name.folders.at(-1) ?? '';
  return statistic !== undefined && HOOK_POINT.test(point) ? { role: `activation/${point}/${statistic}` } : undefined;
}

function statisticOf(part: string): string | undefined {
  const words = wordsOf(part).join(' ');
  return STATISTICS[words] ?? (PLAIN_STATISTICS.has(words) ? words : undefined);
}
