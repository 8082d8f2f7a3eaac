import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { arrangeSettings } from '../../src/contract/settingsOrder.js';
import type { Setting } from '../../src/contract/settingsOrder.js';
import type { RunConfiguration } from '../../src/model/run.js';
import { formatCount } from '../format/numbers.js';
import { plural } from '../format/words.js';

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
            placeholder="Search ${formatCount(count)} settings"
            aria-label="Search the configuration"
            .value=${search}
            @input=${(event: Event) => onSearch((event.target as HTMLInputElement).value)}
          /><span class="visually-hidden" role="status">${search ? `${plural(found, 'setting')} found` : ''}</span>`
  }
  ${
    found === 0
      ? html`<p class="muted">No setting holds “${search}”.</p>`
      : html`${rows(telling, 'telling')} ${rows(others.slice(0, rest), '')}`
  }
  ${
    others.length > rest
      ? html`<p class="muted">${formatCount(others.length - rest)} more: search for a name or a value to find one.</p>`
      : nothing
  }`;
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
