import type { TagDescription } from './tagDescription.js';
import { wordsOf, type TagName } from './tagName.js';

/** `agent_0/reward`, `rewards/agent_1/mean`, `policy_reward_mean/agent_0`, `agent_episode_returns_mean/player_2`. */
const AGENT = /(?:^|[/_])(?<agent>(?:agent|player|team)[_-]?\d+)(?:\/|$)/i;
const AGENT_REWARD = /(?:^|[/_])(?:rewards?|returns?)(?:_(?:mean|avg|std|min|max))?(?:\/|$)/i;
const DEVIATIONS: readonly string[] = ['std', 'stddev'];
const EXTREMES: readonly string[] = ['min', 'max'];

/** Rewards of several kinds: TRL's, one for each function that gives them (`rewards/format_reward/mean`), `reward/gold`. */
const FUNCTION_REWARD = /^(?:train\/)?rewards?\/(?<name>[^/]+)(?:\/(?<statistic>mean|std))?$/i;
const NOT_A_FUNCTION = /^(?:mean|avg|std|stddev|var|min|max|total|loss|chosen|rejected|margins?|accurac(?:y|ies))$/i;

/** The reward of one of several agents, or of one of several functions that give rewards. */
export function memberReward({ tag }: TagName): TagDescription | undefined {
  const agent = AGENT.exec(tag)?.groups?.['agent'];
  if (agent !== undefined && AGENT_REWARD.test(tag.replace(AGENT, '/'))) {
    const last = wordsOf(tag.replace(AGENT, '/')).at(-1) ?? '';
    const head = DEVIATIONS.includes(last) ? 'reward-std' : 'reward';
    return { role: EXTREMES.includes(last) ? 'other' : `${head}/${agent}` };
  }
  const { name, statistic } = FUNCTION_REWARD.exec(tag)?.groups ?? {};
  return name === undefined || NOT_A_FUNCTION.test(name)
    ? undefined
    : { role: `${statistic === 'std' ? 'reward-std' : 'reward'}/${name}` };
}
