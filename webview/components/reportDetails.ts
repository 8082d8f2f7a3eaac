import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RunReport } from '../../src/contract/report.js';
import { FEW_NOT_EVALUATED, notEvaluatedGroups } from '../../src/contract/notEvaluatedGroups.js';
import { quietMonitors } from '../../src/contract/report.js';
import type { NotEvaluated } from '../../src/model/finding.js';
import type { FileProblem } from '../../src/model/problem.js';
import { formatCount } from '../format/numbers.js';
import { monitorWords } from '../format/words.js';
import { icon } from './icon.js';
import type { PageActions } from './pageActions.js';
import { settingsTable } from './settingsTable.js';
import { skippedList } from './skippedList.js';

/** Everything that belongs to an honest report besides its findings: what was not judged, not read, not drawn. */
export function reportDetails(report: RunReport, settingsSearch: string, actions: PageActions): TemplateResult {
  return html`<div class="details-list">
    ${problems(report.problems)} ${notEvaluated(report.notEvaluated, report.findings.length === 0)}
    ${clean(report, actions)} ${skipped(report)} ${configuration(report, settingsSearch, actions)} ${files(report)}
  </div>`;
}

function fold(title: string, count: number, content: TemplateResult, open = false, mark = ''): TemplateResult {
  return html`<details ?open=${open}>
    <summary>
      ${icon('chevron-right', 'fold-mark')}${mark ? icon(mark) : nothing}<span>${title}</span>
      <span class="count">${formatCount(count)}</span>
    </summary>
    <div class="fold-content">${content}</div>
  </details>`;
}

/** A long list stays folded even where nothing else is to be told: beside the code it would leave the curves no room. */
function notEvaluated(list: readonly NotEvaluated[], isAlone: boolean): TemplateResult | typeof nothing {
  const isShort = list.length <= FEW_NOT_EVALUATED;
  return list.length === 0
    ? nothing
    : fold(
        l10n.t('Not evaluated'),
        list.length,
        isShort
          ? notEvaluatedList(list)
          : html`${notEvaluatedGroups(list).map(({ title, items }) => fold(title, items.length, notEvaluatedList(items)))}`,
        isAlone && isShort,
      );
}

function notEvaluatedList(items: readonly NotEvaluated[]): TemplateResult {
  return html`<ul class="not-evaluated">
    ${items.map(
      ({ monitor, missing, remedy }) =>
        html`<li>
          <strong>${monitorWords(monitor)}</strong>
          <span>${l10n.t('needs {0}', missing.join(', '))}</span>
          <span class="remedy">${remedy}</span>
        </li>`,
    )}
  </ul>`;
}

function problems(list: readonly FileProblem[]): TemplateResult | typeof nothing {
  return list.length === 0
    ? nothing
    : fold(
        list.length === 1 ? l10n.t('Problem in the log') : l10n.t('Problems in the log'),
        list.length,
        html`<ul class="problems">
          ${list.map(
            ({ path, message, remedy }) =>
              html`<li>
                <span>${message}</span>
                ${remedy === undefined ? nothing : html`<span class="remedy">${remedy}</span>`}
                <span class="path" title=${path}>${fileName(path)}</span>
              </li>`,
          )}
        </ul>`,
        list.length <= 2,
        'warning',
      );
}

/** Checks that were made and found nothing. */
function clean(report: RunReport, actions: PageActions): TemplateResult | typeof nothing {
  const quiet = quietMonitors(report);
  return quiet.length === 0
    ? nothing
    : fold(
        l10n.t('Checked, nothing found'),
        quiet.length,
        html`<ul class="checks">
          ${quiet.map(
            (monitor) =>
              html`<li>
                ${icon('check')}<button type="button" class="link" @click=${() => actions.showDocs(monitor)}>
                  ${monitorWords(monitor)}
                </button>
              </li>`,
          )}
        </ul>`,
      );
}

function skipped({ skipped: list }: RunReport): TemplateResult | typeof nothing {
  const total = list.reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? nothing : fold(l10n.t('Logged, but no curve'), total, skippedList(list));
}

function configuration(
  { configuration: values }: RunReport,
  search: string,
  actions: PageActions,
): TemplateResult | typeof nothing {
  const count = Object.keys(values).length;
  return count === 0
    ? nothing
    : fold(
        l10n.t('Configuration'),
        count,
        settingsTable(values, search, (words) => {
          actions.searchSettings(words);
        }),
      );
}

function files({ paths }: RunReport): TemplateResult {
  return fold(
    paths.length === 1 ? l10n.t('File') : l10n.t('Files'),
    paths.length,
    html`<ul class="plain">
      ${paths.map((path) => html`<li class="path" title=${path}>${path}</li>`)}
    </ul>`,
  );
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
