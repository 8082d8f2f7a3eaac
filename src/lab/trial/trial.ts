import type { Symptom } from '../../model/symptom.js';
import type { BackendId } from '../backend.js';
import type { RunFacts } from '../experiments/proxy.js';
import type { Progress } from '../experiments/queue.js';
import type { ArmVerdict } from '../experiments/result.js';
import type { LabSettings } from '../settings.js';

/** The finding that a trial starts from, as far as the lab needs it. */
export interface TrialFinding {
  /** Id of the finding; null where only a symptom is named. */
  readonly id: string | null;
  /** Id of the run that it was found in; null where there is none. */
  readonly run: string | null;
  readonly symptom: Symptom;
  /** One line for people. */
  readonly title: string;
}

/** A fix that may be tried. */
export interface TrialFix {
  /** As in `src/fixes`. */
  readonly id: string;
  readonly title: string;
  /** The arm that tries it (`FixDescription.labArm`); null where the lab has none. */
  readonly arm: string | null;
  /** Why it is not to be tried though it could be. */
  readonly whyNot?: string;
}

/** What is to be tried, against what, on a proxy of which run. Plain data: the same request goes on from the same runs. */
export interface TrialRequest {
  readonly finding: TrialFinding;
  /** What is known of the run; an empty object where nothing is. */
  readonly facts: RunFacts;
  /** The fix that promises most in front: when time runs short the last are not tried. */
  readonly fixes: readonly TrialFix[];
}

/** A candidate that is not trained, and why. */
export interface UntriedFix {
  readonly fix: string;
  readonly title: string;
  readonly reason: string;
}

/** What the trial will do, before the first run. */
export interface TrialPlan {
  readonly proxy: {
    /** Weights. */
    readonly parameters: number;
    readonly settings: LabSettings;
    /** How the proxy was shaped after the run, a sentence each. */
    readonly rules: readonly string[];
  };
  /** Title of the number by which runs are compared, and its unit. */
  readonly measure: { readonly title: string; readonly unit: string; readonly better: 'lower' | 'higher' };
  readonly tried: readonly TrialFix[];
  readonly untried: readonly UntriedFix[];
}

/** What one fix did on the proxy. */
export interface FixVerdict extends ArmVerdict {
  /** As in `src/fixes`. */
  readonly fix: string;
  readonly title: string;
  /** Folders of its runs, relative to the folder of all runs, in the order of the seeds. */
  readonly runs: readonly string[];
}

/** The ill run against the healthy one; `reproduced` says whether the symptom shows. */
export interface Reproduction extends Omit<ArmVerdict, 'arm' | 'verdict'> {
  readonly reproduced: boolean;
  /** Folders of the runs, relative to the folder of all runs. */
  readonly healthyRuns: readonly string[];
  readonly illRuns: readonly string[];
}

/** What a trial tells while it goes on, in this order: engine, plan, then runs and progress with what they come to. */
export type TrialEvent =
  | { readonly kind: 'engine'; readonly backend: BackendId }
  | { readonly kind: 'plan'; readonly plan: TrialPlan }
  /** A run begins (or is there already, then only `run-ended` comes): an ordinary run, to be followed like any other. */
  | { readonly kind: 'run-started'; readonly label: string; readonly seed: number; readonly folder: string }
  | {
      readonly kind: 'run-ended';
      readonly label: string;
      readonly seed: number;
      readonly folder: string;
      /** `kept`: it had been trained before. */
      readonly outcome: 'done' | 'kept' | 'stopped' | 'failed';
      /** Why it failed; null elsewhere. */
      readonly reason: string | null;
    }
  /** At most two a second. */
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'reproduction'; readonly reproduction: Reproduction }
  | { readonly kind: 'verdict'; readonly verdict: FixVerdict };

/**
 * How a trial stands, or ended: `running` in a record means that it was broken off without a word, or goes on.
 * `no-proxy`: the symptom is none that the lab can provoke. `not-reproduced`: it did not show. `stopped`: cancelled, or
 * the budget was spent. `failed`: nothing could be trained.
 */
export type TrialState = 'running' | 'done' | 'not-reproduced' | 'no-proxy' | 'stopped' | 'failed';

/**
 * What a trial came to: a file of its own, `trials/<id>.json` in the folder of the runs, written anew after each step of
 * the way. Keys are added, never renamed.
 */
export interface TrialRecord {
  readonly evenkeelTrial: 1;
  /** Made of the request: the same request has the same record. */
  readonly id: string;
  readonly state: TrialState;
  readonly finding: TrialFinding;
  readonly facts: RunFacts;
  /** Null until it is made, and where the symptom has no proxy. */
  readonly plan: TrialPlan | null;
  readonly reproduction: Reproduction | null;
  /** Of the fixes that were tried so far, in the order of the plan. */
  readonly verdicts: readonly FixVerdict[];
  readonly seeds: readonly number[];
  readonly backend: BackendId | null;
  /** TensorFlow.js and Node. */
  readonly versions: string;
  /** Of Evenkeel. */
  readonly evenkeel: string;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  /** Seconds that this making took; runs that were kept from before cost none. */
  readonly seconds: number;
  /** What went wrong or is missing, in sentences. */
  readonly problems: readonly string[];
}
