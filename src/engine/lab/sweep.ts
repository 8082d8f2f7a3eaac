import type { ExperimentOutcome, ExperimentProgress } from '../../contract/labExperiment.js';
import { SWEEP_EXPERIMENT } from '../../contract/labExperiment.js';
import type { LabConfiguration } from '../../contract/labProtocol.js';
import { chooseBackend, experimentNamed, runExperiment, THREADS_A_CHILD, usualConcurrency } from '../../lab/lab.js';
import type { LadderOptions } from '../../lab/lab.js';

export interface SweepOptions {
  /** The lab's child process. */
  readonly childFile: string;
  readonly configuration: LabConfiguration;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExperimentProgress) => void;
}

/**
 * Sweeps learning rates on a proxy within the budget of the lab. What was trained before is used; where the budget ends
 * first, the answer is what there is by then.
 */
export async function sweepLearningRates(options: SweepOptions): Promise<ExperimentOutcome> {
  const { childFile, configuration, now, signal, onProgress } = options;
  const { folder, packages, processes, seeds, budget } = configuration;
  const experiment = experimentNamed(SWEEP_EXPERIMENT);
  if (!experiment) {
    throw new Error(`the lab has no experiment ${SWEEP_EXPERIMENT}`);
  }
  const ladder: LadderOptions = { file: childFile, signal, threads: THREADS_A_CHILD, packages, polite: true };
  const { id: backend } = await chooseBackend(ladder);
  const result = await runExperiment(experiment, {
    ...{ ...ladder, backend, folder, seeds, budget, now },
    concurrency: processes > 0 ? processes : usualConcurrency(),
    progress: ({ done, planned, share, secondsLeft }) => onProgress({ done, planned, share, secondsLeft }),
  });
  const { title, proxy, verdicts, sensitivities, missing, problems } = result;
  const { parameters, rules } = proxy;
  return {
    ...{ title, backend, seeds: result.seeds, verdicts, sensitivities, missing, problems },
    proxy: { parameters, rules },
  };
}
