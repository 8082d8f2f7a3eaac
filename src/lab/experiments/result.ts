import type { BackendId } from '../backend.js';
import type { LabSettings } from '../settings.js';
import type { MetricId } from './metrics.js';

/** `not-reproduced`: the symptom did not show, so that nothing was tried. `unclear`: within the noise, or too few seeds. */
export type Verdict = 'helps' | 'no-effect' | 'hurts' | 'unclear' | 'not-reproduced';

/** What one arm did, against the baseline with the same seeds. */
export interface ArmVerdict {
  readonly arm: string;
  readonly verdict: Verdict;
  /** Mean difference to the baseline; null where nothing was compared. */
  readonly effect: number | null;
  /** 95 %, by Student's t over pairs of seeds; null for fewer than two. */
  readonly interval: readonly [number, number] | null;
  readonly unit: string;
  /** Pairs of runs. */
  readonly seeds: number;
  readonly metric: MetricId;
  /** Means over the seeds of the pairs. */
  readonly baseline: number | null;
  readonly value: number | null;
  /** Why there is no more to say; null where nothing is missing. */
  readonly note: string | null;
}

/** Final losses over learning rates, and the number that says how much they differ. */
export interface Sensitivity {
  readonly arm: string;
  /** Mean over rates of the loss above the best one (Wortsman et al. 2023); null where runs are missing. */
  readonly sensitivity: number | null;
  readonly unit: string;
  readonly points: readonly { readonly learningRate: number; readonly losses: readonly number[] }[];
}

/** What an experiment came to. The keys are a contract with scripts. */
export interface ExperimentResult {
  readonly version: 1;
  readonly experiment: string;
  readonly title: string;
  readonly kind: 'try-fix' | 'claim' | 'sweep';
  /** try-fix: the symptom showed. claim: the effect went the way that the paper says. sweep: all runs are there. */
  readonly reproduced: boolean;
  /** The symptom against the healthy run; null where nothing of the kind was compared. */
  readonly reproduction: Omit<ArmVerdict, 'arm' | 'verdict'> | null;
  /** What a claim expects. */
  readonly expected: 'lower' | 'higher' | null;
  readonly proxy: { readonly parameters: number; readonly settings: LabSettings; readonly rules: readonly string[] };
  readonly backend: BackendId;
  readonly versions: string;
  readonly seeds: readonly number[];
  readonly verdicts: readonly ArmVerdict[];
  readonly sensitivities: readonly Sensitivity[];
  /** Runs that were planned and not trained: it was interrupted, or the budget was spent. */
  readonly missing: number;
  /** All that was planned has been done. */
  readonly complete: boolean;
  readonly seconds: number;
  /** Folders of runs lie here; each is read like any other run. */
  readonly runs: string;
  readonly problems: readonly string[];
}
