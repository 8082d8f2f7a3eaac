import type { FiniteLevels } from '../signals/finiteLevels.js';
import { RewardCourse } from '../signals/rewardCourse.js';
import type { Signal } from '../model/signal.js';
import type { Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';

/** The course of a policy's signal, one for each series, beside the reward by which it is excused or not. */
export class PolicyCourses<Course extends FiniteLevels> {
  readonly reward = new RewardCourse();
  private readonly series: PerSeries<Course>;
  private readonly isEnough: (course: Course) => boolean;

  /** @param isEnough whether a course can be judged. */
  constructor(make: (signal: Signal) => Course, isEnough: (course: Course) => boolean) {
    this.series = new PerSeries(make);
    this.isEnough = isEnough;
  }

  consume(sample: Sample): void {
    if (sample.signal.role === 'reward') {
      this.reward.push(sample.step, sample.value);
    } else {
      this.series.of(sample).push(sample);
    }
  }

  get judged(): readonly Course[] {
    return this.series.all.map(({ watcher }) => watcher).filter(this.isEnough);
  }
}
