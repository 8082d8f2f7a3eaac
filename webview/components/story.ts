import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import type { FixTrial, OfferedFix, ReportedFinding } from '../../src/contract/report.js';
import type { ChainLink, Evidence, Paper } from '../../src/model/finding.js';
import { formatRatio, formatStep, formatValue } from '../format/numbers.js';
import { confidenceWords, monitorWords, roleWords, symptomWords, TRIAL_MARKS } from '../format/words.js';
import { icon } from './icon.js';
import type { RunCheckpoint } from '../../src/model/runCheckpoint.js';
import type { PageActions } from './pageActions.js';
import { checkpointsOfFinding } from './runCheckpoints.js';

/** A finding as a colleague would tell it: what happened, what to do, why we think so, what else it could be. */
export function story(
  finding: ReportedFinding,
  checkpoints: readonly RunCheckpoint[],
  trusted: boolean,
  actions: PageActions,
): TemplateResult {
  return html`
    ${part(
      l10n.t('What happened'),
      html`<p>${finding.explanation}</p>
        ${chain(finding.chain ?? [])}`,
    )}
    ${part(
      l10n.t('What to do'),
      html`${fixes(finding, trusted, actions)}${checkpointsOfFinding(finding, checkpoints, actions)}`,
    )}
    ${part(l10n.t('Why we think so'), evidenceList(finding, actions))}
    ${
      finding.otherCauses.length > 0
        ? part(
            l10n.t('What else it could be'),
            html`<ul class="causes">
              ${finding.otherCauses.map((cause) => html`<li>${cause}</li>`)}
            </ul>`,
          )
        : nothing
    }
    ${finding.papers.length > 0 ? part(l10n.t('Rests on'), papers(finding.papers)) : nothing}
    <p class="story-tools">
      <button type="button" class="link" @click=${() => actions.copyFinding(finding.id)}>
        ${icon('copy')}${l10n.t('Copy this finding')}
      </button>
      <button type="button" class="link" @click=${() => actions.showDocs(finding.monitor)}>
        ${icon('book')}${l10n.t('About this check')}
      </button>
    </p>
  `;
}

function part(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="story-part">
    <h3>${title}</h3>
    ${content}
  </section>`;
}

function chain(links: readonly ChainLink[]): TemplateResult | typeof nothing {
  return links.length < 2
    ? nothing
    : html`<ol class="chain" aria-label=${l10n.t('One thing led to another')}>
        ${links.map(
          ({ symptom, fromStep }) =>
            html`<li>
              <span>${symptomWords(symptom)}</span> <small>${l10n.t('step {0}', formatStep(fromStep))}</small>
            </li>`,
        )}
      </ol>`;
}

function evidenceList(finding: ReportedFinding, actions: PageActions): TemplateResult {
  return html`<p class="confidence">
      ${l10n.t('{0}, by the check “{1}”', confidenceWords(finding.confidence), monitorWords(finding.monitor))}
    </p>
    <ul class="evidence">
      ${finding.evidence.map((evidence) => html`<li>${evidenceRow(evidence, finding, actions)}</li>`)}
    </ul>`;
}

function evidenceRow(evidence: Evidence, finding: ReportedFinding, actions: PageActions): TemplateResult {
  const { role, tag, rank, step, value, baseline, baselineMeaning } = evidence;
  const ratio = baseline === undefined ? undefined : formatRatio(value, baseline);
  const unit = evidence.unit === undefined ? '' : ` ${evidence.unit}`;
  return html`<button
    type="button"
    class="evidence-row"
    title=${l10n.t('Show {0} at step {1} in the charts', tag, formatStep(step))}
    @click=${() => actions.showEvidence(evidence, finding)}
  >
    <span class="evidence-what">
      <span class="evidence-role">${roleWords(role, tag)}</span>
      <span class="evidence-where">
        ${l10n.t('step {0}', formatStep(step))}${rank === undefined ? nothing : html` · ${l10n.t('rank {0}', rank)}`}
      </span>
    </span>
    <span class="evidence-value">${formatValue(value)}${unit}</span>
    ${
      baseline === undefined
        ? nothing
        : html`<span class="evidence-baseline">
            ${ratio === undefined ? nothing : html`<strong>${ratio}</strong>`}
            ${l10n.t('against {0}', `${formatValue(baseline)}${unit}`)}
            ${baselineMeaning === undefined ? nothing : html`<span class="meaning">${baselineMeaning}</span>`}
          </span>`
    }
    ${icon('target', 'evidence-go')}
  </button>`;
}

/** The fixes come in the order in which they fit: more than a few are no help to a tired person. */
const FIXES_AT_ONCE = 4;

function fixes(finding: ReportedFinding, trusted: boolean, actions: PageActions): TemplateResult {
  if (finding.fixes.length === 0) {
    return html`<p class="muted">
      ${l10n.t('No edit of the code answers this by itself. “About this check” says what to try.')}
    </p>`;
  }
  const listed = (some: readonly OfferedFix[]) =>
    html`<ul class="fixes">
      ${some.map((fix) => html`<li>${fixButton(fix, fix === finding.fixes[0], finding.id, trusted, actions)}</li>`)}
    </ul>`;
  const further = finding.fixes.slice(FIXES_AT_ONCE);
  return html`${listed(finding.fixes.slice(0, FIXES_AT_ONCE))}
    ${
      further.length === 0
        ? nothing
        : html`<details class="further-fixes">
            <summary>
              ${icon('chevron-right', 'fold-mark')}<span>${l10n.t('Other ways')}</span
              ><span class="count">${further.length}</span>
            </summary>
            ${listed(further)}
          </details>`
    }
    <p class="muted">
      ${
        trusted
          ? l10n.t('The change is shown before it is made.')
          : html`${icon('lock')}
            ${l10n.t('Fixes change files, and this workspace is in Restricted Mode. Trust it to use them.')}`
      }
    </p>
    ${trusted && finding.triable ? trialTool(finding, actions) : nothing}`;
}

/** Knowing is better than hoping: minutes on a small model before days on the large one. */
function trialTool({ id, fixes }: ReportedFinding, actions: PageActions): TemplateResult {
  const isTried = fixes.some(({ trial }) => trial !== undefined);
  return html`<p class="trial-tool">
    <vscode-button secondary icon="beaker" data-try=${id} @click=${() => actions.tryFixes(id)}
      >${isTried ? 'Show the trial' : 'Try these in the lab'}</vscode-button
    >
    ${
      isTried
        ? nothing
        : html`<span class="muted">Trains a small proxy of this run with and without each, in a few minutes.</span>`
    }
  </p>`;
}

function trialLine({ verdict, text }: FixTrial): TemplateResult {
  const { icon: name } = TRIAL_MARKS[verdict];
  return html`<p class="fix-trial fix-trial-${verdict}">${icon(name)} ${sentence(text)}</p>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function fixButton(
  fix: OfferedFix,
  first: boolean,
  finding: string,
  trusted: boolean,
  actions: PageActions,
): TemplateResult {
  return html`<vscode-button
      ?secondary=${!first}
      ?disabled=${!trusted}
      aria-disabled=${trusted ? 'false' : 'true'}
      data-fix=${fix.id}
      @click=${() => {
        if (trusted) {
          actions.applyFix(fix.id, finding);
        }
      }}
    >
      ${fix.title}…
    </vscode-button>
    ${fix.trial ? trialLine(fix.trial) : nothing}
    <p class="fix-why">${fix.why}</p>`;
}

function papers(list: readonly Paper[]): TemplateResult {
  return html`<ul class="papers">
    ${list.map(({ title, authors, year }) => html`<li><cite>${title}</cite>, ${authors}, ${year}</li>`)}
  </ul>`;
}
