import * as l10n from '@vscode/l10n';
import { svg } from 'lit';
import type { TemplateResult } from 'lit';
import type { MagnitudeHistogram } from '../../src/model/tensor.js';

/** One bar: from the most negative magnitudes over zero to the most positive ones. */
export interface Bar {
  readonly label: string;
  readonly count: number;
}

/** Bars of a histogram over magnitudes: negative ones mirrored to the left, zeros in the middle. */
export function barsOf({ firstExponent, negative, positive }: MagnitudeHistogram, zeros: number): Bar[] {
  const label = (sign: string, at: number): string =>
    l10n.t('{0} to {1}', `${sign}2^${firstExponent + at}`, `${sign}2^${firstExponent + at + 1}`);
  return [
    ...negative.map((count, at) => ({ label: label('−', at), count })).reverse(),
    { label: '0', count: zeros },
    ...positive.map((count, at) => ({ label: label('', at), count })),
  ];
}

/** A row's picture of how its elements are spread. */
export function sparkline(bars: readonly Bar[], width: number, height: number): TemplateResult {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = width / Math.max(1, bars.length);
  return svg`<svg class="spread" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
    ${bars.map(({ count }, at) => {
      // The square root keeps rare magnitudes visible beside the common ones.
      const tall = count === 0 ? 0 : Math.max(1, Math.sqrt(count / most) * height);
      return svg`<rect x=${at * step} y=${height - tall} width=${Math.max(0.6, step - 0.4)} height=${tall}></rect>`;
    })}
  </svg>`;
}
