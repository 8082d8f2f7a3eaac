import { RULE_IDS } from '../../loops/rules/ruleIds.js';

/** Names in the setting for rules that no rule has: a slip would leave its rule as it was, in silence. */
export function unknownRules(levels: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(levels).filter((name) => !RULE_IDS.includes(name));
}
