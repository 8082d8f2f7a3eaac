import type { Paper } from '../../model/finding.js';
import type { LabSettings } from '../settings.js';

/** A change of a run's settings that has a name: a fix, a choice, or something that goes wrong. Arms combine. */
export interface Arm {
  /** Stable: fixes and scripts name it. */
  readonly id: string;
  readonly title: string;
  /** `remedy`: may be tried against a symptom; `perturbation`: makes one. */
  readonly purpose: 'remedy' | 'perturbation';
  readonly papers: readonly Paper[];
  /** The settings with the change; a reason where the arm means nothing for them. */
  readonly change: (settings: LabSettings) => LabSettings | string;
}
