import type { ScheduleSettings } from './settings.js';

/** Where 1cycle starts and ends, as shares of the full rate, and where it is full; defaults of torch's OneCycleLR. */
const ONE_CYCLE = { start: 1 / 25, end: 1 / 25e4, top: 0.3 };

/**
 * The share of the full learning rate at a step.
 * @param step from 0.
 * @param steps of the whole run.
 */
export function rateShare(schedule: ScheduleSettings, step: number, steps: number): number {
  const warmup = Math.round(schedule.warmup * steps);
  if (step < warmup) {
    return (step + 1) / (warmup + 1);
  }
  return decayed(schedule, (step - warmup) / Math.max(1, steps - warmup));
}

/** @param progress from 0 behind the warmup to 1 at the end. */
function decayed({ kind, floor, cycles, cooldown }: ScheduleSettings, progress: number): number {
  switch (kind) {
    case 'constant':
      return 1;
    case 'linear':
      return between(1, floor, progress);
    case 'cosine':
      return cosine(1, floor, progress);
    case 'restarts':
      return cosine(1, floor, (progress * cycles) % 1);
    case 'wsd':
      return progress < 1 - cooldown ? 1 : between(1, floor, (progress - (1 - cooldown)) / cooldown);
    case '1cycle':
      return progress < ONE_CYCLE.top
        ? cosine(ONE_CYCLE.start, 1, progress / ONE_CYCLE.top)
        : cosine(1, ONE_CYCLE.end, (progress - ONE_CYCLE.top) / (1 - ONE_CYCLE.top));
  }
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}
