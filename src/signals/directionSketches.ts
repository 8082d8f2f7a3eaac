import type { Role } from '../model/role.js';
import { RankBins } from './rankBins.js';

/** Newest steps of each rank whose sketches are kept. */
const STEPS_KEPT = 64;

const SKETCH = /^direction-sketch\/(\d+)$/;

/** The place of a number in the sketch of its rank's gradient; undefined for other roles. */
export function sketchPlace(role: Role): number | undefined {
  const place = SKETCH.exec(role)?.[1];
  return place === undefined ? undefined : Number(place);
}

type Sketch = readonly (number | undefined)[];

/**
 * Sketches that the ranks of one training took of their own gradients, before these were averaged: the same random
 * projections on each, so that the cosine of two sketches estimates that of the gradients, to about one over the root of
 * their length (Farhadkhani et al., 2022, compare random projections; catalogue 293). Of each rank the newest steps are
 * kept, so memory is bounded, and the order in which the ranks' logs are read does not matter.
 */
export class DirectionSketches {
  private readonly ranks = new Map<number, Map<number, (number | undefined)[]>>();

  push(rank: number, step: number, place: number, value: number): void {
    const steps = this.ranks.get(rank) ?? new Map<number, (number | undefined)[]>();
    this.ranks.set(rank, steps);
    const sketch = steps.get(step) ?? [];
    sketch[place] = value;
    steps.set(step, sketch);
    if (steps.size > STEPS_KEPT) {
      steps.delete(Math.min(...steps.keys()));
    }
  }

  /** The cosine of each rank with the mean of all of them, over the steps at which all took a whole sketch. */
  cosines(): RankBins {
    const bins = new RankBins();
    const ranks = [...this.ranks].toSorted(([left], [right]) => left - right);
    const [first, ...others] = ranks.map(([, steps]) => steps);
    const shared = [...(first?.keys() ?? [])].filter((step) => others.every((steps) => steps.has(step)));
    for (const step of shared.toSorted((left, right) => left - right)) {
      const sketches = ranks.map(([, steps]) => steps.get(step) ?? []);
      const cosines = cosinesWithMean(sketches);
      for (const [place, [rank]] of ranks.entries()) {
        const cosine = cosines[place] ?? Number.NaN;
        if (Number.isFinite(cosine)) {
          bins.push(rank, step, cosine);
        }
      }
    }
    return bins;
  }
}

/** NaN where a sketch has a gap, something that is not finite in it, or no direction. */
function cosinesWithMean(sketches: readonly Sketch[]): readonly number[] {
  const length = Math.max(...sketches.map((sketch) => sketch.length));
  const vectors = sketches.map((sketch) => Array.from({ length }, (_, place) => sketch[place] ?? Number.NaN));
  const mean = Array.from({ length }, (_, place) =>
    vectors.reduce((sum, vector) => sum + (vector[place] ?? 0) / vectors.length, 0),
  );
  return vectors.map((vector) => dot(vector, mean) / Math.sqrt(dot(vector, vector) * dot(mean, mean)));
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, place) => sum + value * (right[place] ?? 0), 0);
}
