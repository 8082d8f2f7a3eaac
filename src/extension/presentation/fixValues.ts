import * as l10n from '@vscode/l10n';
import type { FixSetting } from '../../model/fix.js';

/** What is wrong with a typed value, undefined when it can be used. */
export function valueProblem(setting: FixSetting, input: string): string | undefined {
  if (input.trim() === '') {
    return l10n.t('A value is needed.');
  }
  return typeof setting.default === 'number' && !Number.isFinite(Number(input))
    ? l10n.t('A number is needed, such as {0}.', setting.default)
    : undefined;
}

/** A typed value in the type of the setting. */
export function valueOf(setting: FixSetting, input: string): number | string {
  return typeof setting.default === 'number' ? Number(input) : input.trim();
}
