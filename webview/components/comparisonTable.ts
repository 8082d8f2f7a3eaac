import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { differingSettings } from '../../src/contract/settingsOrder.js';
import type { DifferingSetting } from '../../src/contract/settingsOrder.js';
import type { RunConfiguration } from '../../src/model/run.js';
import type { ComparedRun } from '../board/comparedRun.js';
import { differenceWords } from '../board/comparison.js';
import type { ComparedReadings } from '../board/comparison.js';
import { formatCount, formatValue } from '../format/numbers.js';
import { runDifferences } from './runDifferences.js';

/** More differences than these say that the runs have little in common. */
const SETTINGS_SHOWN = 12;

export interface ComparisonModel {
  /** Where the readings stand, in words. */
  readonly place: string;
  readonly own: string;
  /** Settings of the page's own run. */
  readonly configuration: RunConfiguration;
  readonly runs: readonly ComparedRun[];
  readonly readings: readonly ComparedReadings[];
}

/** What the compared runs read at the same place, beside the page's own. */
export function comparisonTable({ place, own, configuration, runs, readings }: ComparisonModel): TemplateResult {
  return html`<div class="comparison" role="region" tabindex="0" aria-label=${l10n.t('Compared runs in numbers')}>
    <table>
      <caption>
        ${place}
      </caption>
      <thead>
        <tr>
          <td></td>
          <th scope="col">${own}</th>
          ${runs.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${readings.map((row) => readingRow(row))}
        ${settingRows(differingSettings([configuration, ...runs.map((run) => run.configuration)]), runs.length + 2)}
      </tbody>
    </table>
    ${runs.map(({ name, problem }) =>
      problem === undefined
        ? nothing
        : html`<p role="status">${l10n.t('{0} can’t be compared with: {1}', name, problem)}</p>`,
    )}
    ${runs.map(({ comparison }) => (comparison ? runDifferences(comparison) : nothing))}
  </div>`;
}

function readingRow({ signal, values }: ComparedReadings): TemplateResult {
  const [own, ...others] = values;
  return html`<tr>
    <th scope="row">${signal}</th>
    <td>${valueWords(own)}</td>
    ${others.map(
      (other) => html`<td>${valueWords(other)} <span class="difference">${differenceWords(own, other)}</span></td>`,
    )}
  </tr>`;
}

function settingRows(settings: readonly DifferingSetting[], columns: number): TemplateResult | typeof nothing {
  const more = settings.length - SETTINGS_SHOWN;
  return settings.length === 0
    ? nothing
    : html`<tr class="settings-head">
          <th scope="rowgroup" colspan=${columns}>
            ${settings.length === 1 ? l10n.t('A setting differs') : l10n.t('{0} settings differ', formatCount(settings.length))}
            ${more > 0 ? html`<small>${l10n.t('the {0} most telling ones', formatCount(SETTINGS_SHOWN))}</small>` : nothing}
          </th>
        </tr>
        ${settings.slice(0, SETTINGS_SHOWN).map(
          ({ name, values }) =>
            html`<tr>
              <th scope="row" title=${name}>${name}</th>
              ${values.map((value) => html`<td title=${value ?? nothing}>${value ?? '–'}</td>`)}
            </tr>`,
        )}`;
}

function valueWords(value: number | undefined): string {
  return value === undefined ? '–' : formatValue(value);
}
