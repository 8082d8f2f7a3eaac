import { killsBetween, MemoryGroup } from './memoryGroup.js';
import type { OutOfMemoryKills } from './memoryGroup.js';

/** How often the machine's counter is looked at, in milliseconds: what it counts between two looks is of about that time. */
const LOOK_MS = 5000;

/**
 * Counts processes that the kernel kills for memory while a job runs. A job may put itself into a control group of its
 * own, whose counter goes with it; then the machine's tells, but of all its processes: only what it counts in the last
 * seconds is taken for the job's.
 */
export class KillWatch {
  private readonly group = new MemoryGroup(undefined);
  private readonly timer: NodeJS.Timeout;
  private before: OutOfMemoryKills = [];
  private last: OutOfMemoryKills = [];

  private constructor() {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
  }

  static async start(): Promise<KillWatch> {
    const watch = new KillWatch();
    await watch.look();
    watch.before = watch.last;
    return watch;
  }

  /** Ends the watch. @returns kills in the job's own group or those around it, or on the machine just now. */
  async stop(): Promise<number> {
    clearInterval(this.timer);
    const now = await this.group.kills();
    return Math.max(killsBetween(this.before, now), killsBetween(this.last.slice(-1), now.slice(-1)));
  }

  private async look(): Promise<void> {
    this.last = await this.group.kills();
  }
}
