import type { Role } from '../../../src/model/role.js';
import type { Kind } from '../scoring.js';

/** A number of a log with the role that the product gives it: baselines are given the same signals. */
export interface RulePoint {
  readonly role: Role;
  readonly tag: string;
  readonly rank: number;
  readonly step: number;
  readonly value: number;
}

/** What a rule says of one step. */
export interface Firing {
  readonly kind: Kind;
  readonly step: number;
}

/** The published rules of one tool, at their default thresholds, written anew. */
export interface Baseline {
  readonly id: string;
  /** What it is called in the table. */
  readonly title: string;
  /** Kinds of trouble that it claims to see: it is judged on no others. */
  readonly covers: readonly Kind[];
  /** A fresh watch over one run: takes the points in the order of the log and says what fires. */
  start(): (point: RulePoint) => readonly Firing[];
}

export function isTrainingLoss(point: RulePoint): boolean {
  return point.role === 'train/loss';
}

export function isEvaluationLoss(point: RulePoint): boolean {
  return point.role === 'eval/loss';
}

export function isGradientNorm(point: RulePoint): boolean {
  return point.role === 'gradient-norm';
}

/** Mean of the numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] ?? Number.NaN)
    : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

/** The last few values of each series, by tag and rank. */
export class Recent {
  private readonly values = new Map<string, number[]>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Those before the point. */
  of({ tag, rank }: RulePoint): readonly number[] {
    return this.values.get(`${rank} ${tag}`) ?? [];
  }

  push(point: RulePoint): void {
    const kept = [...this.of(point), point.value].slice(-this.most);
    this.values.set(`${point.rank} ${point.tag}`, kept);
  }
}
