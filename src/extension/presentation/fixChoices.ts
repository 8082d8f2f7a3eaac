import * as l10n from '@vscode/l10n';
import type { FindingSummary } from '../../contract/engineProtocol.js';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import { plainLabel } from './plainText.js';

/** A fix as a list offers it. */
export interface FixChoice {
  readonly fix: string;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly group: 'findings' | 'loop' | 'other' | 'unavailable';
}

/**
 * Fixes in the order of their use here: those that answer a finding, those that mend a mistake in the loop, the other
 * ones that can be made, and last what can't be made, with the reason.
 */
export function fixChoices(
  fixes: readonly { readonly description: FixDescription; readonly outcome: FixOutcome }[],
  findings: readonly FindingSummary[],
  loop: TrainingLoop,
): readonly FixChoice[] {
  const choices = fixes.map(({ description, outcome }) => choiceOf(description, outcome, findings, loop));
  return GROUP_ORDER.flatMap((group) => choices.filter((choice) => choice.group === group));
}

export function groupTitle(group: FixChoice['group']): string {
  switch (group) {
    case 'findings':
      return l10n.t('for what was found');
    case 'loop':
      return l10n.t('for this loop');
    case 'other':
      return l10n.t('further changes');
    case 'unavailable':
      return l10n.t('nothing to do');
  }
}

const GROUP_ORDER = ['findings', 'loop', 'other', 'unavailable'] as const;

function choiceOf(
  { id, title, why }: FixDescription,
  outcome: FixOutcome,
  findings: readonly FindingSummary[],
  loop: TrainingLoop,
): FixChoice {
  const choice = { fix: id, label: title, detail: why };
  if (outcome.kind === 'already-there') {
    const description = l10n.t('already there, line {0}', outcome.line + 1);
    return { ...choice, description, group: 'unavailable' };
  }
  if (outcome.kind === 'refused') {
    return { ...choice, description: '', detail: outcome.reason, group: 'unavailable' };
  }
  const finding = findings.find(({ fixes }) => fixes.includes(id));
  if (finding) {
    return { ...choice, description: plainLabel(finding.title), group: 'findings' };
  }
  const warning = loop.warnings.find(({ fixes }) => fixes.includes(id));
  return warning
    ? { ...choice, description: plainLabel(warning.message), group: 'loop' }
    : { ...choice, description: '', group: 'other' };
}
