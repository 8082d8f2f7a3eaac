import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import type { RunReport } from '../../src/contract/report.js';
import type { RunClock } from '../charts/runClock.js';
import { chartToolbar } from '../components/chartToolbar.js';
import type { ToolbarModel } from '../components/chartToolbar.js';
import { comparisonTable } from '../components/comparisonTable.js';
import type { ComparisonModel } from '../components/comparisonTable.js';
import { failedPage, staleBanner } from '../components/failure.js';
import { findingList } from '../components/findingList.js';
import { header } from '../components/header.js';
import { icon } from '../components/icon.js';
import { ghosts, loadingHeader } from '../components/loadingHeader.js';
import type { PageActions } from '../components/pageActions.js';
import { reportDetails } from '../components/reportDetails.js';
import { checkpointList, checkpointStrip } from '../components/runCheckpoints.js';
import type { ShareOf } from '../components/runCheckpoints.js';
import type { PageState } from './pageState.js';

export interface PageModel {
  readonly state: PageState;
  readonly toolbar: ToolbarModel;
  /** Undefined: nothing is compared. */
  readonly comparison: ComparisonModel | undefined;
  /** Where steps lie along the charts. */
  readonly shareOf: ShareOf;
  readonly clock: RunClock | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** The whole page but for what the charts draw into `.board`. */
export function page(model: PageModel, actions: PageActions): TemplateResult {
  const { report, failure } = model.state;
  if (report) {
    return reportPage(model, report, actions);
  }
  return failure === undefined
    ? loadingPage()
    : failedPage(l10n.t('This run could not be read'), failure, () => actions.tryAgain());
}

function reportPage(
  { state, toolbar, comparison, shareOf, clock, now }: PageModel,
  report: RunReport,
  actions: PageActions,
): TemplateResult {
  return html`
    ${header(report, clock, now, actions)} ${staleBanner(state.failure)} ${partialBanner(report)}
    <main class="columns">
      <section class="story-pane" aria-label=${l10n.t('Findings')}>
        ${findingList(report, state.checkpoints, state.selected, state.trusted, actions)}
        ${checkpointList(state.checkpoints, actions)} ${reportDetails(report, state.settingsSearch, actions)}
      </section>
      <section
        class="chart-pane"
        tabindex="0"
        aria-label=${l10n.t('Charts. Plus and minus zoom, arrow keys move the view, with Shift the crosshair; 0 shows everything; X makes the horizontal axis logarithmic.')}
      >
        ${report.points === 0 ? noNumbersYet(report, actions) : chartToolbar(toolbar, actions)}
        ${comparison ? comparisonTable(comparison) : nothing} ${checkpointStrip(state.checkpoints, shareOf, actions)}
        <div class="board"></div>
        ${
          report.points === 0
            ? nothing
            : html`<p class="hint">
                ${l10n.t('Drag to zoom, Shift-drag to move, Ctrl-scroll or pinch to zoom, double-click to show everything. Keys: + − ← → 0, X for a logarithmic axis.')}
              </p>`
        }
      </section>
    </main>
  `;
}

function partialBanner({ reading }: RunReport): TemplateResult | typeof nothing {
  return reading
    ? html`<p class="banner quiet" role="status">
        <vscode-progress-ring aria-label=${l10n.t('Reading')}></vscode-progress-ring>
        ${l10n.t('Still reading: this is only the beginning of the run.')}
      </p>`
    : nothing;
}

function noNumbersYet(report: RunReport, actions: PageActions): TemplateResult {
  return html`<div class="empty">
    ${icon('graph-line', 'large')}
    <h2>${l10n.t('No numbers yet')}</h2>
    <p>
      ${l10n.t('Loss, gradient norm, learning rate and whatever else is logged appear here as curves, once the log holds its first row.')}
      ${report.status === 'live' ? l10n.t('This page updates by itself.') : ''}
    </p>
    ${
      report.problems.length > 0
        ? html`<p>
            ${icon('warning')} ${l10n.t('Part of the log could not be read; the problems are listed beside.')}
          </p>`
        : nothing
    }
    <vscode-button secondary @click=${() => actions.openLog()}>${l10n.t('Open log')}</vscode-button>
  </div>`;
}

/** The shape of the page at once. */
function loadingPage(): TemplateResult {
  return html`
    ${loadingHeader(l10n.t('Run'), l10n.t('Reading the run…'))}
    <main class="columns" aria-hidden="true">
      <section class="story-pane">${ghosts('finding', 3)}</section>
      <section class="chart-pane">${ghosts('chart', 3)}</section>
    </main>
  `;
}
