import { numberToJson } from '../../model/json.js';
import type { Envelope } from '../../model/envelope.js';

/** One stretch of a curve. */
export interface CurvePoint {
  readonly fromStep: number;
  readonly toStep: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly last: number;
}

/** The columns of an envelope as rows, without those that a later segment wrote again, and with non-finite points. */
export function envelopePoints(envelope: Envelope): {
  readonly stretches: readonly CurvePoint[];
  readonly nonFinite: readonly { readonly step: number; readonly value: number | string }[];
} {
  const stretches: CurvePoint[] = [];
  envelope.x.forEach((fromStep, at) => {
    const [minimum, maximum, last] = [envelope.minimum[at], envelope.maximum[at], envelope.last[at]];
    if (envelope.overwritten[at] === 1 || minimum === undefined || maximum === undefined || last === undefined) {
      return;
    }
    stretches.push({ fromStep, toStep: envelope.xEnd[at] ?? fromStep, minimum, maximum, last });
  });
  const nonFinite = [...envelope.nonFiniteX].map((step, at) => ({
    step,
    value: numberToJson(envelope.nonFiniteValue[at] ?? NaN),
  }));
  return { stretches, nonFinite };
}
