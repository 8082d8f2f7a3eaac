import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `fps step: 65231 fps step and policy inference: 61222 fps total: 50211 epoch: 10/500 frames: 327680`. */
export const rlGames: Dialect = {
  id: 'rl-games',
  title: 'rl_games output',
  writtenBy: 'rl_games: Isaac Gym, Isaac Lab, IsaacGymEnvs',
  rules: [
    {
      line: /^(?<rest>fps step: .*?) epoch: (?<step>\d+)(?:\/(?<total>\d+))? frames: \d+/,
      pairs: (rest) => assignedPairs(rest.replace(/ (?=fps )/g, ', ')),
      context: 'opens',
    },
    { line: /^(?:=> )?saving next best rewards: +\[?(?<value>[-+.\de]+)\]?$/, tag: 'best reward', context: 'needs' },
  ],
};
