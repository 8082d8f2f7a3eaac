/** Final losses of one arm over learning rates. */
export interface SweepOutcome {
  readonly arm: string;
  /** Mean over rates of the loss above the best one (Wortsman et al. 2023); null where runs are missing. */
  readonly sensitivity: number | null;
  readonly unit: string;
  /** One loss a seed; one that is not finite diverged. */
  readonly points: readonly { readonly learningRate: number; readonly losses: readonly number[] }[];
}

/** What one arm of an experiment did, against the baseline with the same seeds. */
export interface ArmOutcome {
  readonly arm: string;
  readonly verdict: string;
  /** Mean difference to the baseline; null where nothing was compared. */
  readonly effect: number | null;
  /** 95 %. */
  readonly interval: readonly [number, number] | null;
  readonly unit: string;
  /** Pairs of runs. */
  readonly seeds: number;
  readonly note: string | null;
}

/** An experiment on a proxy, as much of it as is told. */
export interface ExperimentOutcome {
  readonly title: string;
  readonly proxy: { readonly parameters: number; readonly rules: readonly string[] };
  readonly backend: string;
  readonly seeds: readonly number[];
  readonly verdicts: readonly ArmOutcome[];
  readonly sensitivities: readonly SweepOutcome[];
  /** Runs that were planned and not trained. */
  readonly missing: number;
  readonly problems: readonly string[];
}

/** How far an experiment is. */
export interface ExperimentProgress {
  /** Runs that have ended, and runs that are planned. */
  readonly done: number;
  readonly planned: number;
  /** Of the steps of all planned runs, 0 to 1. */
  readonly share: number;
  /** Null before the speed is known. */
  readonly secondsLeft: number | null;
}

/** The experiment that sweeps learning rates with and without what makes them matter less. */
export const SWEEP_EXPERIMENT = 'learning-rate-sensitivity';
