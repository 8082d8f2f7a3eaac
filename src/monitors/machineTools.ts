import type { ObservedRun } from './monitor.js';

/** Where telemetry beside a job says which tools it did not find (`src/runner/telemetry`). */
const ABSENT_TOOLS = 'telemetry/absent';

/** Why a machine that was sampled tells nothing of its GPUs; undefined where nobody sampled it, or nothing was absent. */
export function remedyForGpuTools({ configuration }: ObservedRun): string | undefined {
  const absent = configuration[ABSENT_TOOLS];
  return typeof absent === 'string' && absent !== ''
    ? `The machine was sampled, and the tools that tell of GPUs were of no use there (${absent}): install the driver's own, or see why it fails.`
    : undefined;
}
