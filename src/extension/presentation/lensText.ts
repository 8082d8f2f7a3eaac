import * as l10n from '@vscode/l10n';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import { roleMatches } from '../../model/role.js';
import { findingCount } from './findingText.js';
import { formatCount, formatValue } from './numbers.js';
import { plainLabel, plainText } from './plainText.js';
import type { RunOfSource } from './runOfSource.js';
import { trendArrow } from './sparkline.js';

/** "loss 2.31 ↘ · gradient norm 0.84 · 2 findings"; undefined when the run has nothing to say yet. */
export function lensTitle(run: RunSummary): string | undefined {
  const parts = [lossPart(run), gradientPart(run), findingsPart(run.findings)].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : undefined;
}

/** Which run the numbers are of, and why that one. */
export function lensTooltip({ run, reason }: RunOfSource): string {
  return l10n.t('Run {0}: {1}. Opens its page.', plainText(run.name), reason);
}

/** "gpt-small 2.31 · 1 warning" with icons, for the status bar. */
export function statusBarText(run: RunSummary): string {
  const name = plainLabel(run.name);
  const loss = run.lastLoss === null ? '' : ` ${formatValue(run.lastLoss)}`;
  const wrong = run.findings.filter((finding) => finding.severity !== 'info').length;
  const icon = run.worst === 'error' ? '$(error)' : '$(warning)';
  return `$(pulse) ${name}${loss}${wrong > 0 ? ` · ${icon} ${formatCount(wrong)}` : ''}`;
}

function lossPart(run: RunSummary): string {
  if (run.lastLoss === null) {
    return '';
  }
  const arrow = trendArrow(run.lossShape);
  const words =
    run.lossRole !== null && !roleMatches(run.lossRole, 'train/loss')
      ? l10n.t('evaluation loss {0}', formatValue(run.lastLoss))
      : l10n.t('loss {0}', formatValue(run.lastLoss));
  return arrow ? `${words} ${arrow}` : words;
}

function gradientPart(run: RunSummary): string {
  return run.lastGradientNorm === null ? '' : l10n.t('gradient norm {0}', formatValue(run.lastGradientNorm));
}

function findingsPart(findings: readonly FindingSummary[]): string {
  return findings.length > 0 ? findingCount(findings.length) : '';
}
