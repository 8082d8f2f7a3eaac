import type { Paper } from '../../model/finding.js';
import type { LabSettings } from '../settings.js';
import type { MetricId } from './metrics.js';

interface Common {
  readonly id: string;
  readonly title: string;
  readonly papers: readonly Paper[];
  /** The run that everything is held against. */
  readonly settings: LabSettings;
  /** How the settings came about, for people: what was taken from the user's run and by which rule. */
  readonly rules: readonly string[];
}

/** Tries arms against a symptom, once the symptom is there. */
export interface TryFix extends Common {
  readonly kind: 'try-fix';
  /** Arms that make a healthy run of the baseline; none: the baseline without its perturbations is one. */
  readonly healthy: readonly string[];
  /** What the healthy arms are laid over, where that is not the baseline itself. */
  readonly well?: LabSettings;
  readonly metric: MetricId;
  /** Arms to try; joined by "+" where several belong together. */
  readonly arms: readonly string[];
}

/** What a paper says an arm does to a metric. */
export interface Claim extends Common {
  readonly kind: 'claim';
  readonly arm: string;
  readonly metric: MetricId;
  readonly expected: 'lower' | 'higher';
  /** What the paper says, in one sentence. */
  readonly claim: string;
}

/** Final loss over learning rates, for the settings and each arm (Wortsman et al. 2023). */
export interface Sweep extends Common {
  readonly kind: 'sweep';
  readonly learningRates: readonly number[];
  readonly arms: readonly string[];
}

export type Experiment = TryFix | Claim | Sweep;
