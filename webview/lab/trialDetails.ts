import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LabRung, LabTrial } from '../../src/contract/labProtocol.js';
import { icon } from '../components/icon.js';
import { formatCount } from '../format/numbers.js';
import type { TrialActions } from './trialActions.js';
import { armWords, RUN_WORDS } from './trialWords.js';

/** What it all rests on: the proxy, the engines, what was not tried, and the runs themselves. */
export function trialDetails(trial: LabTrial, actions: TrialActions): TemplateResult {
  return html`<div class="details-list">
    ${proxyPart(trial)} ${enginePart(trial)} ${untriedPart(trial)} ${runsPart(trial, actions)}
  </div>`;
}

function part(title: string, content: TemplateResult, isOpen = false): TemplateResult {
  return html`<details ?open=${isOpen}>
    <summary>${icon('chevron-right', 'fold-mark')}<span>${title}</span></summary>
    ${content}
  </details>`;
}

function proxyPart({ proxy }: LabTrial): TemplateResult | typeof nothing {
  return proxy === null
    ? nothing
    : part(
        l10n.t('The proxy, and how it was made from your run'),
        html`<p class="shape">${l10n.t('{0} parameters: {1}.', formatCount(proxy.parameters), proxy.shape)}</p>
          <ul class="rules">
            ${proxy.rules.map((rule) => html`<li>${rule}</li>`)}
          </ul>`,
        true,
      );
}

function enginePart({ ladder, backend }: LabTrial): TemplateResult | typeof nothing {
  return ladder.length === 0
    ? nothing
    : part(
        l10n.t('Engines, the fastest first'),
        html`<table class="rungs">
          <tbody>
            ${ladder.map(
              (rung) =>
                html`<tr class=${rung.id === backend ? 'chosen' : ''}>
                  <th scope="row">
                    ${icon(rung.available ? 'pass' : 'circle-slash', rung.available ? 'good' : '')} ${rung.id}
                  </th>
                  <td>${rungWords(rung, rung.id === backend)}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
      );
}

function rungWords({ available, reason, msPerStep }: LabRung, isChosen: boolean): string {
  if (!available) {
    return l10n.t('Cannot be used: {0}.', reason ?? l10n.t('no reason given'));
  }
  const speed = msPerStep === null ? '' : l10n.t('{0} ms a step of the comparison', formatCount(Math.round(msPerStep)));
  // Of one that is available, the reason says what keeps it from being faster.
  return [isChosen ? l10n.t('In use') : l10n.t('Could be used'), speed, reason].filter(Boolean).join(' · ');
}

function untriedPart({ untried }: LabTrial): TemplateResult | typeof nothing {
  return untried.length === 0
    ? nothing
    : part(
        l10n.t('Not tried ({0})', formatCount(untried.length)),
        html`<ul class="rules">
          ${untried.map(({ title, reason }) => html`<li>${title}: ${reason}</li>`)}
        </ul>`,
      );
}

function runsPart({ arms }: LabTrial, actions: TrialActions): TemplateResult | typeof nothing {
  const rows = arms.flatMap((arm) =>
    arm.runs.flatMap(({ seed, state, folder }) => (folder === null ? [] : [{ arm, seed, state, folder }])),
  );
  return rows.length === 0
    ? nothing
    : part(
        l10n.t('Runs ({0}), each with a page of its own', formatCount(rows.length)),
        html`<ul class="trial-runs">
          ${rows.map(
            ({ arm, seed, state, folder }) =>
              html`<li>
                <button type="button" class="link" title=${folder} @click=${() => actions.openRun(folder)}>
                  ${icon('graph-line')}${l10n.t('{0}, seed {1}', armWords(arm), seed)}
                </button>
                <span class="muted">${RUN_WORDS[state]}</span>
              </li>`,
          )}
        </ul>`,
      );
}
