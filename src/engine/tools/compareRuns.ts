import { z } from 'zod';
import { reportOf, runInput } from './runTools.js';
import { tool } from './tool.js';

export const compareRuns = tool({
  name: 'compare_runs',
  title: 'Compare two runs',
  description:
    'What distinguishes two training runs: settings in which they differ, for each quantity that both log the step at which their curves part for good and the values at the end of what they share, and the findings that only one of them has.',
  input: z.object({ run: runInput, other: runInput }),
  async run({ run, other }, services, signal) {
    const [one, second] = [await reportOf(run, services, signal), await reportOf(other, services, signal)];
    if (one.id === second.id) {
      throw new Error(`"${run}" and "${other}" are the same run, ${one.name}: name two`);
    }
    return services.request('compare', { runs: [one.id, second.id] }, signal);
  },
});
