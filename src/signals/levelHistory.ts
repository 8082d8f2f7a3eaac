import { RollingWindow } from './rollingWindow.js';

/** A stretch of a series: how high it ran between two steps, outliers set aside. */
export interface Level {
  readonly fromStep: number;
  readonly toStep: number;
  readonly level: number;
  /** How many points it stands for. */
  readonly points: number;
  /** Mean distance from one point to the next, outliers included. */
  readonly roughness: number;
}

interface MutableLevel {
  fromStep: number;
  toStep: number;
  level: number;
  points: number;
  roughness: number;
}

/**
 * A whole series in bounded memory: a running median (so that single outliers leave no trace), averaged over stretches
 * that double in length whenever the memory is full. Depends on the values alone, not on when one looks.
 */
export class LevelHistory {
  private readonly limit: number;
  /** None where every value stands for itself. */
  private readonly window: RollingWindow | undefined;
  private readonly stretches: MutableLevel[] = [];
  private pointsPerStretch = 1;
  private previous = Number.NaN;

  /**
   * @param limit most stretches kept; even.
   * @param medianOf length of the running median.
   */
  constructor(limit = 256, medianOf = 5) {
    this.limit = limit;
    this.window = medianOf > 1 ? new RollingWindow(medianOf) : undefined;
  }

  get levels(): readonly Level[] {
    return this.stretches;
  }

  get points(): number {
    return this.stretches.reduce((sum, stretch) => sum + stretch.points, 0);
  }

  /** Takes a finite value in. */
  push(step: number, value: number): void {
    const change = Number.isNaN(this.previous) ? 0 : Math.abs(value - this.previous);
    this.previous = value;
    this.window?.push(value);
    const level = this.window?.median() ?? value;
    const last = this.stretches[this.stretches.length - 1];
    if (last !== undefined && last.points < this.pointsPerStretch) {
      last.level += (level - last.level) / (last.points + 1);
      last.roughness += (change - last.roughness) / (last.points + 1);
      last.points++;
      last.toStep = step;
      return;
    }
    if (this.stretches.length === this.limit) {
      this.halve();
    }
    this.stretches.push({ fromStep: step, toStep: step, level, points: 1, roughness: change });
  }

  clear(): void {
    this.stretches.length = 0;
    this.pointsPerStretch = 1;
    this.previous = Number.NaN;
    this.window?.clear();
  }

  private halve(): void {
    const merged: MutableLevel[] = [];
    for (let at = 0; at < this.stretches.length; at += 2) {
      const left = this.stretches[at];
      const right = this.stretches[at + 1];
      if (left === undefined) {
        continue;
      }
      if (right === undefined) {
        merged.push(left);
        continue;
      }
      const points = left.points + right.points;
      const mean = (of: 'level' | 'roughness'): number => (left[of] * left.points + right[of] * right.points) / points;
      merged.push({
        fromStep: left.fromStep,
        toStep: right.toStep,
        level: mean('level'),
        points,
        roughness: mean('roughness'),
      });
    }
    this.stretches.length = 0;
    this.stretches.push(...merged);
    this.pointsPerStretch *= 2;
  }
}
