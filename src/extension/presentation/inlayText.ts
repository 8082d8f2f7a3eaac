import * as l10n from '@vscode/l10n';
import type { RunSummary } from '../../contract/engineProtocol.js';
import type { TrainingLoop } from '../../model/loop.js';
import { formatValue } from './numbers.js';

/** What is said behind a line of a loop. */
export interface InlayText {
  readonly line: number;
  readonly text: string;
}

/** The newest loss where it is differentiated, and the newest gradient norm where gradients are bounded or used. */
export function inlayTexts(
  { backward, step, clipping }: Pick<TrainingLoop, 'backward' | 'step' | 'clipping'>,
  { lastLoss, lastGradientNorm }: Pick<RunSummary, 'lastLoss' | 'lastGradientNorm'>,
): readonly InlayText[] {
  const normLine = clipping.line ?? step?.line;
  return [
    ...(backward && lastLoss !== null
      ? [{ line: backward.line, text: l10n.t('loss {0}', formatValue(lastLoss)) }]
      : []),
    ...(normLine !== undefined && lastGradientNorm !== null
      ? [{ line: normLine, text: l10n.t('gradient norm {0}', formatValue(lastGradientNorm)) }]
      : []),
  ];
}
