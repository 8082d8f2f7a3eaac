import type { Role } from '../model/role.js';
import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';
import { EpochClock } from './epochClock.js';
import { LearningRate } from './learningRate.js';
import { LossLevels } from './lossLevels.js';
import { ObjectiveChanges } from './objectiveChanges.js';
import { SegmentCourse } from './rowCourse.js';
import { UpdateRatios } from './updateRatios.js';

/** A point of a signal as it arrives. */
export interface SignalPoint {
  readonly signal: Signal;
  readonly step: number;
  readonly value: number;
  /** Number of the segment that the point belongs to, from 0. */
  readonly segment: number;
}

/** A training loss is smoothed over so many rows; evaluations are few, and each is a mean already. */
const TRAIN_MEDIAN_OF = 5;
const EVALUATION_MEDIAN_OF = 1;

/** What several monitors want to know of the same signals, worked out once, point by point, in bounded memory. */
export class DerivedQuantities {
  private readonly levelsOf = new Map<Series, LossLevels>();
  private readonly courses = new Map<Series, SegmentCourse>();
  /** How long an epoch is. */
  readonly epochs = new EpochClock();
  /** When the run changed what it learns. */
  readonly objective = new ObjectiveChanges();
  /** How long the steps are. */
  readonly updates = new UpdateRatios();
  private rate: { readonly signal: Signal; readonly schedule: LearningRate } | undefined;

  /** The schedule of the first learning rate in the log; groups of one optimizer follow one shape. */
  get learningRate(): LearningRate | undefined {
    return this.rate?.schedule;
  }

  /** Levels of the losses whose role fits now, longest first. */
  losses(fits: (role: Role) => boolean): readonly LossLevels[] {
    return [...this.levelsOf.values()]
      .filter(({ signal }) => fits(signal.role))
      .toSorted((left, right) => right.points - left.points);
  }

  /** The longest training loss row by row, since the step last went back. */
  get trainingCourse(): { readonly signal: Signal; readonly course: SegmentCourse } | undefined {
    const [longest] = this.losses(isTrainingLoss);
    const course = longest === undefined ? undefined : this.courses.get(longest.signal.series);
    return longest === undefined || course === undefined ? undefined : { signal: longest.signal, course };
  }

  /**
   * The loss of which most agree that something is true of them: among those about as long as the longest (a total
   * beside its mean over epochs, the parts of a loss without a total, ranks), more than half must.
   */
  majority(fits: (role: Role) => boolean, holds: (levels: LossLevels) => boolean): LossLevels | undefined {
    const all = this.losses(fits);
    const comparable = all.filter(({ points }) => points >= (all[0]?.points ?? 0) / 2);
    const holding = comparable.filter(holds);
    return holding.length > comparable.length / 2 ? holding[0] : undefined;
  }

  /** Takes a point in; to be called before the monitors see it. */
  push(point: SignalPoint): void {
    const { signal } = point;
    if (signal.role === 'learning-rate' || signal.role.startsWith('learning-rate/')) {
      this.rate ??= { signal, schedule: new LearningRate() };
      if (this.rate.signal === signal) {
        this.rate.schedule.push(point.step, point.value);
      }
    } else if (signal.role === 'train/loss' || isEvaluationLoss(signal.role)) {
      this.levels(signal).push(point);
      if (signal.role === 'train/loss') {
        this.course(signal).push(point);
      }
    } else if (signal.role === 'epoch') {
      this.epochs.push(point.step, point.value);
    } else if (signal.role.startsWith('update-ratio/')) {
      this.updates.push(point);
    } else if (signal.role === 'objective-setting') {
      this.objective.push(point);
    }
  }

  private course({ series }: Signal): SegmentCourse {
    let course = this.courses.get(series);
    if (course === undefined) {
      course = new SegmentCourse();
      this.courses.set(series, course);
    }
    return course;
  }

  private levels(signal: Signal): LossLevels {
    let levels = this.levelsOf.get(signal.series);
    if (levels === undefined) {
      levels = new LossLevels(signal, signal.role === 'train/loss' ? TRAIN_MEDIAN_OF : EVALUATION_MEDIAN_OF);
      this.levelsOf.set(signal.series, levels);
    }
    return levels;
  }
}

/** The main evaluation loss or that of a named set or part. */
export function isEvaluationLoss(role: Role): boolean {
  return role === 'eval/loss' || (role.startsWith('eval/') && role.endsWith('/loss'));
}

export function isTrainingLoss(role: Role): boolean {
  return role === 'train/loss';
}

export function isMainEvaluationLoss(role: Role): boolean {
  return role === 'eval/loss';
}
