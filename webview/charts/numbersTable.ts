import * as l10n from '@vscode/l10n';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { formatCount } from '../format/numbers.js';
import type { CurveSummary } from './textAlternative.js';

const TABLE_HEAD: readonly string[] = [
  l10n.t('Signal'),
  l10n.t('Points'),
  l10n.t('First'),
  l10n.t('Last'),
  l10n.t('Lowest'),
  l10n.t('Highest'),
  l10n.t('NaN or infinite'),
];

/** A chart in numbers, for people who do not see it. */
export function numbersTable(title: string, curves: readonly CurveSummary[]): TemplateResult {
  return html`<table>
    <caption>
      ${l10n.t('{0} in numbers', title)}
    </caption>
    <thead>
      <tr>
        ${TABLE_HEAD.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${curves.map(
        (curve) =>
          html`<tr>
            <th scope="row">${curve.name}</th>
            ${[formatCount(curve.points), curve.first, curve.last, curve.lowest, curve.highest, curve.nonFinite].map(
              (cell) => html`<td>${cell}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
