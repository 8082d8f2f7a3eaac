import type { Role } from '../../model/role.js';
import { activationRole } from './activationRole.js';
import { classScore } from './classScore.js';
import { hookTag } from './hookTag.js';
import { learningRateGroup } from './learningRateGroup.js';
import { machineRole } from './machineRole.js';
import { isMeasure } from './measures.js';
import { memberReward } from './memberReward.js';
import { overrideOf } from './overrides.js';
import { partOfLoss } from './partOfLoss.js';
import { quantityRole } from './quantityRole.js';
import type { TagDescription } from './tagDescription.js';
import { countsSamples, parseTag, type TagName } from './tagName.js';
import { tensorRole } from './tensorRole.js';
import { wholeTagRole } from './wholeTags.js';

/**
 * From the names that training programs give their numbers to the roles that monitors ask for.
 *
 * A tag is cut into words (`tagName.ts`), and these are asked in turn, the special before the general; the first that
 * knows the tag decides. Most tags are known by {@link quantityRole}, from the tables in `names/`.
 */
const MATCHERS: readonly ((name: TagName) => TagDescription | undefined)[] = [
  hookTag,
  machineRole,
  classScore,
  memberReward,
  activationRole,
  quantityRole,
  learningRateGroup,
  tensorRole,
  partOfLoss,
];

/** The role of a tag. Overrides win, see {@link overrideOf}. */
export function roleOf(tag: string, overrides: Readonly<Record<string, Role>>): Role {
  return describeTag(tag, overrides).role;
}

/** The role of a tag and what it can stand for; see {@link roleOf}. */
export function describeTag(tag: string, overrides: Readonly<Record<string, Role>>): TagDescription {
  const decided = overrideOf(tag, overrides) ?? wholeTagRole(tag);
  if (decided !== undefined) {
    return { role: decided };
  }
  const name = parseTag(tag);
  if (countsSamples(name)) {
    return { role: 'other' };
  }
  const described = firstMatch(name) ?? { role: 'other' };
  return isMeasure(name)
    ? { ...described, standsIn: { role: name.phase === 'eval' ? 'eval/loss' : 'train/loss', as: 'measure' } }
    : described;
}

function firstMatch(name: TagName): TagDescription | undefined {
  for (const match of MATCHERS) {
    const described = match(name);
    if (described) {
      return described;
    }
  }
  return undefined;
}
