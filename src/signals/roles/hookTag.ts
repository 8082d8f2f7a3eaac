import type { TagDescription } from './tagDescription.js';
import type { TagName } from './tagName.js';

/** Heads of roles as Evenkeel's own hook writes them: what follows is a name and is left as it is. */
const WRITTEN_AS_ROLES = [
  'gradient-norm',
  'weight-norm',
  'weight-absmax',
  'update-ratio',
  'attention-logit',
  'moment',
  'gradient-cosine',
  'direction-sketch',
];

/** A tag that Evenkeel's hook wrote: its name is its role. */
export function hookTag({ tag }: TagName): TagDescription | undefined {
  const slash = tag.indexOf('/');
  const rest = tag.slice(slash + 1);
  return slash > 0 &&
    WRITTEN_AS_ROLES.includes(tag.slice(0, slash)) &&
    rest !== '' &&
    !['total', 'global'].includes(rest)
    ? { role: tag }
    : undefined;
}
