import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LabRung, LabTrial } from '../../src/contract/labProtocol.js';
import { icon } from '../components/icon.js';
import { formatCount } from '../format/numbers.js';
import { armWords } from './trialWords.js';
import type { TrialActions } from './trialPage.js';

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
        'The proxy, and how it was made from your run',
        html`<p class="shape">${formatCount(proxy.parameters)} parameters: ${proxy.shape}.</p>
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
        'Engines, the fastest first',
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
    return `Cannot be used: ${reason ?? 'no reason given'}.`;
  }
  const speed = msPerStep === null ? '' : `${Math.round(msPerStep)} ms a step of the comparison`;
  return [isChosen ? 'In use' : 'Could be used', speed].filter(Boolean).join(' · ');
}

function untriedPart({ untried }: LabTrial): TemplateResult | typeof nothing {
  return untried.length === 0
    ? nothing
    : part(
        `Not tried (${formatCount(untried.length)})`,
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
        `Runs (${formatCount(rows.length)}), each with a page of its own`,
        html`<ul class="trial-runs">
          ${rows.map(
            ({ arm, seed, state, folder }) =>
              html`<li>
                <button type="button" class="link" title=${folder} @click=${() => actions.openRun(folder)}>
                  ${icon('graph-line')}${armWords(arm)}, seed ${seed}
                </button>
                <span class="muted">${state}</span>
              </li>`,
          )}
        </ul>`,
      );
}
