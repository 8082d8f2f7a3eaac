import type { Envelope } from '../../src/model/envelope.js';

/** From steps to another abscissa, along one series that was drawn over both. */
export interface RunClock {
  /** Where a step lies on the other axis; undefined outside of what is known. */
  at(step: number): number | undefined;
  readonly first: number;
  readonly last: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Steps per unit of the other axis over the newest tenth; undefined where it can't be told. */
  readonly recentRate: number | undefined;
}

interface Knot {
  readonly step: number;
  readonly other: number;
}

/** Share of the run that the present pace is taken from. */
const RECENT_SHARE = 0.1;

/**
 * Matches the envelopes of one series over steps and over another axis. Both cut the series into the same columns, so
 * columns of one index are the same points; undefined when they do not match (the run grew between the two answers).
 */
export function runClock(bySteps: Envelope, byOther: Envelope): RunClock | undefined {
  if (bySteps.x.length !== byOther.x.length) {
    return undefined;
  }
  const knots = currentKnots(bySteps, byOther);
  const first = knots[0];
  const last = knots.at(-1);
  if (!first || !last) {
    return undefined;
  }
  return {
    at: (step) => interpolate(knots, step),
    first: first.other,
    last: last.other,
    firstStep: first.step,
    lastStep: last.step,
    recentRate: recentRate(knots),
  };
}

/** First and last point of each column, without what a later segment overwrote; rising steps. */
function currentKnots(bySteps: Envelope, byOther: Envelope): Knot[] {
  const knots: Knot[] = [];
  for (let index = 0; index < bySteps.x.length; index++) {
    if (bySteps.overwritten[index] === 1 || !Number.isFinite(byOther.x[index])) {
      continue;
    }
    knots.push({ step: bySteps.x[index]!, other: byOther.x[index]! });
    knots.push({ step: bySteps.xEnd[index]!, other: byOther.xEnd[index]! });
  }
  return knots;
}

function interpolate(knots: readonly Knot[], step: number): number | undefined {
  const after = knots.findIndex((knot) => knot.step >= step);
  const next = knots[after];
  if (!next) {
    return undefined;
  }
  const before = knots[after - 1];
  if (!before || next.step === step) {
    return after === 0 && next.step !== step ? undefined : next.other;
  }
  const share = (step - before.step) / (next.step - before.step);
  return before.other + (next.other - before.other) * share;
}

function recentRate(knots: readonly Knot[]): number | undefined {
  const last = knots.at(-1)!;
  const from = knots[Math.max(0, Math.floor(knots.length * (1 - RECENT_SHARE)) - 2)]!;
  const rate = (last.step - from.step) / (last.other - from.other);
  return Number.isFinite(rate) && rate > 0 ? rate : undefined;
}
