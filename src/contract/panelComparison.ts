import { numberToJson } from '../model/json.js';
import type { Both, ComparedCurve, RunComparison } from './runComparison.js';

type PanelNumber = ReturnType<typeof numberToJson>;

/** A comparison as it goes to a page: messages are JSON, which has no NaN. */
export interface PanelComparison extends Omit<RunComparison, 'curves'> {
  readonly curves: readonly (Omit<ComparedCurve, 'parting' | 'end'> & {
    readonly parting: { readonly step: number; readonly values: Both<PanelNumber>; readonly noise: PanelNumber } | null;
    readonly end: { readonly step: number; readonly values: Both<PanelNumber> } | null;
  })[];
}

export function packComparison(comparison: RunComparison): PanelComparison {
  return {
    ...comparison,
    curves: comparison.curves.map(({ parting, end, ...curve }) => ({
      ...curve,
      parting: parting && { ...parting, values: packed(parting.values), noise: numberToJson(parting.noise) },
      end: end && { ...end, values: packed(end.values) },
    })),
  };
}

export function unpackComparison(comparison: PanelComparison): RunComparison {
  return {
    ...comparison,
    curves: comparison.curves.map(({ parting, end, ...curve }) => ({
      ...curve,
      parting: parting && { ...parting, values: unpacked(parting.values), noise: Number(parting.noise) },
      end: end && { ...end, values: unpacked(end.values) },
    })),
  };
}

function packed([one, other]: Both<number>): Both<PanelNumber> {
  return [numberToJson(one), numberToJson(other)];
}

/** `Number` reads the names back. */
function unpacked([one, other]: Both<PanelNumber>): Both<number> {
  return [Number(one), Number(other)];
}
