import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { differenceWords } from '../charts/comparison.js';
import type { ComparedReadings } from '../charts/comparison.js';
import { formatValue } from '../format/numbers.js';
import type { ComparedRun } from '../runPage/pageState.js';

export interface ComparisonModel {
  /** Where the readings stand, in words. */
  readonly place: string;
  readonly own: string;
  readonly runs: readonly ComparedRun[];
  readonly readings: readonly ComparedReadings[];
}

/** What the compared runs read at the same place, beside the page's own. */
export function comparisonTable({ place, own, runs, readings }: ComparisonModel): TemplateResult {
  return html`<div class="comparison" role="region" tabindex="0" aria-label="Compared runs in numbers">
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
      </tbody>
    </table>
    ${runs.map(({ name, problem }) =>
      problem === undefined ? nothing : html`<p role="status">${name} can’t be compared with: ${problem}</p>`,
    )}
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

function valueWords(value: number | undefined): string {
  return value === undefined ? '–' : formatValue(value);
}
