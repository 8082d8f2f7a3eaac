import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ReportedFinding, RunReport } from '../../src/contract/report.js';
import { formatCount, formatPercent, formatStep } from '../format/numbers.js';
import { confidenceWords, findingCount, SEVERITY_MARKS } from '../format/words.js';
import { icon } from './icon.js';
import type { RunCheckpoint } from '../../src/model/runCheckpoint.js';
import type { PageActions } from './pageActions.js';
import { story } from './story.js';

/** The findings, what to look at first on top; the story of the selected one opens beneath its title. */
export function findingList(
  report: RunReport,
  checkpoints: readonly RunCheckpoint[],
  selected: string | undefined,
  trusted: boolean,
  actions: PageActions,
): TemplateResult {
  if (report.findings.length === 0) {
    return nothingFound(report);
  }
  return html`<h2 class="pane-title">${findingCount(report.findings.length)}</h2>
    <ol class="findings">
      ${repeat(
        report.findings,
        ({ id }) => id,
        (finding) => findingItem(finding, checkpoints, finding.id === selected, trusted, actions),
      )}
    </ol>`;
}

function findingItem(
  finding: ReportedFinding,
  checkpoints: readonly RunCheckpoint[],
  open: boolean,
  trusted: boolean,
  actions: PageActions,
): TemplateResult {
  const { icon: name, word } = SEVERITY_MARKS[finding.severity];
  const storyId = `story-${finding.id}`;
  return html`<li class="finding severity-edge-${finding.severity} ${open ? 'open' : ''}">
    <button
      type="button"
      class="finding-title"
      aria-expanded=${open ? 'true' : 'false'}
      aria-controls=${open ? storyId : nothing}
      data-finding=${finding.id}
      @click=${() => actions.toggleFinding(finding.id)}
    >
      ${icon(name, `severity-${finding.severity}`)}
      <span class="finding-head">
        <span class="finding-name">${finding.title}</span>
        <span class="finding-meta">
          <span class="severity-word severity-${finding.severity}">${word}</span>
          <span>${spanWords(finding)}</span>
          <span title=${confidenceWords(finding.confidence)}
            >${l10n.t('{0} sure', formatPercent(finding.confidence))}</span
          >
        </span>
      </span>
      ${icon(open ? 'chevron-up' : 'chevron-down', 'chevron')}
    </button>
    ${open ? html`<div id=${storyId} class="story">${story(finding, checkpoints, trusted, actions)}</div>` : nothing}
  </li>`;
}

function spanWords({ fromStep, toStep, open }: ReportedFinding): string {
  if (open) {
    return l10n.t('since step {0}', formatStep(fromStep));
  }
  return fromStep === toStep
    ? l10n.t('at step {0}', formatStep(fromStep))
    : l10n.t('steps {0} to {1}', formatStep(fromStep), formatStep(toStep));
}

/** A quiet green line is earned: it counts what was checked and what could not be. */
function nothingFound({ evaluated, notEvaluated, points, status, reading }: RunReport): TemplateResult {
  if (evaluated.length === 0) {
    return html`<div class="calm unjudged">
      ${icon('circle-slash')}
      <div>
        <h2>${l10n.t('Not judged yet')}</h2>
        <p>
          ${
            points === 0
              ? l10n.t('There are no numbers yet. Findings appear here once the log holds some.')
              : l10n.t('None of the checks had what it needs. What each is missing stands below.')
          }
        </p>
      </div>
    </div>`;
  }
  return html`<div class="calm healthy">
    ${icon('pass')}
    <div>
      <h2>${nothingWrong(evaluated.length, status === 'live' || reading === true)}</h2>
      ${notEvaluated.length > 0 ? html`<p>${notMade(notEvaluated.length)}</p>` : nothing}
    </div>
  </div>`;
}

function nothingWrong(checks: number, isEarly: boolean): string {
  const count = formatCount(checks);
  if (checks === 1) {
    return isEarly ? l10n.t('Nothing wrong so far in 1 check') : l10n.t('Nothing wrong in 1 check');
  }
  return isEarly ? l10n.t('Nothing wrong so far in {0} checks', count) : l10n.t('Nothing wrong in {0} checks', count);
}

function notMade(checks: number): string {
  return checks === 1
    ? l10n.t('1 check could not be made; what it is missing stands below.')
    : l10n.t('{0} checks could not be made; what each is missing stands below.', formatCount(checks));
}
