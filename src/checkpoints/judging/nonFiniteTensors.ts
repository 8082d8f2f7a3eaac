import { isFloat, isRead, listed } from './rule.js';
import type { CheckpointRule, ReadTensor } from './rule.js';

/** NaN or infinite elements where there should be none. */
export const NON_FINITE_TENSORS: CheckpointRule = {
  id: 'non-finite-tensors',
  symptom: 'non-finite',
  judge: ({ tensors }) => {
    const broken = tensors.filter(isRead).filter(isBroken);
    const groups = [
      { about: 'weights', what: 'weight', found: broken.filter(({ role }) => role === 'weight' || role === 'ema') },
      {
        about: 'optimizer',
        what: 'optimizer state',
        found: broken.filter(({ role }) => role.startsWith('optimizer/')),
      },
      { about: 'buffers', what: 'running statistic', found: broken.filter(({ role }) => role === 'buffer') },
    ];
    return groups
      .filter(({ found }) => found.length > 0)
      .map(({ about, what, found }) => ({
        about,
        severity: 'error',
        confidence: 0.99,
        title: `NaN or infinite numbers in ${found.length === 1 ? `a ${what}` : `${found.length} tensors (${what})`}: ${listed(found.map(({ name }) => name))}`,
        explanation:
          `${found
            .map(
              ({ name, stats }) => `${name} has ${stats.nan} NaN and ${stats.inf} infinite of ${stats.count} elements`,
            )
            .slice(0, 5)
            .join('; ')}. ` +
          'A model with such numbers computes nothing but NaN: training went on after it had broken. Go back to an earlier checkpoint.',
        otherCauses: ['a tensor that uses NaN or infinity as a mark on purpose, such as a mask'],
        evidence: found.map(({ name, role, stats }) => ({
          role,
          tag: name,
          value: stats.nan + stats.inf,
          baseline: 0,
          baselineMeaning: 'elements that may be so',
          unit: 'elements',
        })),
      }));
  },
};

function isBroken({ name, role, dtype, stats }: ReadTensor): boolean {
  if (!isFloat(dtype) || stats.nan + stats.inf === 0) {
    return false;
  }
  if (role === 'buffer') {
    return /running_(mean|var)|moving_(mean|variance)/.test(name);
  }
  // Masks are zero where something may be seen and −∞ elsewhere.
  const isMask = stats.nan === 0 && stats.zeros + stats.inf === stats.count;
  return !isMask && (role === 'weight' || role === 'ema' || role.startsWith('optimizer/'));
}
