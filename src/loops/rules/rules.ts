import { clipBeforeUnscale } from './clipBeforeUnscale.js';
import { clipOutsideAccumulation } from './clipOutsideAccumulation.js';
import { missingZeroGrad } from './missingZeroGrad.js';
import type { Rule } from './rule.js';
import { schedulerBeforeOptimizer } from './schedulerBeforeOptimizer.js';
import { zeroGradBetween } from './zeroGradBetween.js';

/** Every rule, in the order in which their warnings are listed for one loop. */
export const RULES: readonly Rule[] = [
  clipBeforeUnscale,
  clipOutsideAccumulation,
  schedulerBeforeOptimizer,
  missingZeroGrad,
  zeroGradBetween,
];
