import * as l10n from '@vscode/l10n';
import type { LabTrial } from '../../contract/labProtocol.js';
import { plainText } from './plainText.js';

/** What a trial came to, in one sentence. */
export function trialOutcome({ stage, finding, arms, problems }: LabTrial): string {
  const title = plainText(finding.title);
  const fixes = arms.filter(({ fix }) => fix !== null);
  const helping = fixes.filter(({ verdict }) => verdict?.verdict === 'helps');
  switch (stage) {
    case 'done':
      return helping.length === 0
        ? l10n.t('“{0}”: none of {1} fixes helped on the proxy.', title, fixes.length)
        : l10n.t('“{0}”: {1} of {2} fixes helped on the proxy.', title, helping.length, fixes.length);
    case 'not-reproduced':
      return l10n.t('“{0}”: the symptom does not show on the proxy; no fix was tried.', title);
    default:
      return l10n.t('“{0}”: the trial came to no end. {1}', title, plainText(problems[0] ?? ''));
  }
}
