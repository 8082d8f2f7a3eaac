import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { arrangeSettings } from '../../src/contract/settingsOrder.js';
import type { Setting } from '../../src/contract/settingsOrder.js';
import type { RunConfiguration } from '../../src/model/run.js';
import { formatCount } from '../format/numbers.js';

/** From so many settings on, they are searched rather than read. */
const SEARCHED_FROM = 12;
/** More rows than this are a dump, not a table; a search finds the others. */
const ROWS_SHOWN = 200;
const LONGEST_VALUE = 200;

/** @param search what is typed into the search field; the caller keeps it. */
export function settingsTable(
  configuration: RunConfiguration,
  search: string,
  onSearch: (words: string) => void,
): TemplateResult {
  const count = Object.keys(configuration).length;
  const { telling, others } = arrangeSettings(configuration, search);
  const found = telling.length + others.length;
  const rest = ROWS_SHOWN - telling.length;
  return html`${
    count < SEARCHED_FROM
      ? nothing
      : html`<input
            type="search"
            class="settings-search"
            placeholder=${l10n.t('Search {0} settings', formatCount(count))}
            aria-label=${l10n.t('Search the configuration')}
            .value=${search}
            @input=${(event: Event) => onSearch((event.target as HTMLInputElement).value)}
          /><span class="visually-hidden" role="status">${search ? foundWords(found) : ''}</span>`
  }
  ${
    found === 0
      ? html`<p class="muted">${l10n.t('No setting holds “{0}”.', search)}</p>`
      : html`${rows(telling, 'telling')} ${rows(others.slice(0, rest), '')}`
  }
  ${
    others.length > rest
      ? html`<p class="muted">
          ${l10n.t('{0} more: search for a name or a value to find one.', formatCount(others.length - rest))}
        </p>`
      : nothing
  }`;
}

function foundWords(count: number): string {
  return count === 1 ? l10n.t('1 setting found') : l10n.t('{0} settings found', formatCount(count));
}

function rows(settings: readonly Setting[], kind: string): TemplateResult | typeof nothing {
  return settings.length === 0
    ? nothing
    : html`<dl class=${`settings ${kind}`}>
        ${settings.map(({ name, value }) => {
          const short = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
          return html`<dt title=${name}>${name}</dt>
            <dd title=${short}>${short}</dd>`;
        })}
      </dl>`;
}
