import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Finding } from '../../src/model/finding.js';
import { icon } from '../components/icon.js';
import { formatPercent, formatValue } from '../format/numbers.js';
import { findingCount, SEVERITY_MARKS } from '../format/words.js';

/** What is wrong with the checkpoint, most urgent first; a button leads to the tensor. */
export function checkpointFindings(
  findings: readonly Finding[] | undefined,
  healthy: string,
  show: (tensor: string) => void,
): TemplateResult | typeof nothing {
  if (!findings) {
    return nothing;
  }
  if (findings.length === 0) {
    return html`<p class="calm healthy">${icon('pass')} ${healthy}</p>`;
  }
  return html`<details class="checkpoint-findings" open>
    <summary>${findingCount(findings.length)}</summary>
    <ul>
      ${findings.map(
        (finding) =>
          html`<li class="severity-edge-${finding.severity}">
            ${icon(SEVERITY_MARKS[finding.severity].icon, `severity-${finding.severity}`)}
            <div>
              <p class="finding-name">${finding.title}</p>
              <p>${finding.explanation}</p>
              ${finding.evidence.length > 0 ? evidence(finding, show) : nothing}
              ${
                finding.otherCauses.length > 0
                  ? html`<p class="muted">${l10n.t('What else it could be: {0}', finding.otherCauses.join(' '))}</p>`
                  : nothing
              }
              <p class="muted">
                ${SEVERITY_MARKS[finding.severity].word} · ${l10n.t('{0} sure', formatPercent(finding.confidence))}
                ${finding.papers.map(({ authors, year }) => ` · ${authors} ${String(year)}`)}
              </p>
            </div>
          </li>`,
      )}
    </ul>
  </details>`;
}

/** Tensors named in one finding; the rest are counted. */
const MOST_NAMED = 6;

function evidence({ evidence: entries }: Finding, show: (tensor: string) => void): TemplateResult {
  const rest = entries.length - MOST_NAMED;
  return html`<ul class="evidence-list">
    ${entries.slice(0, MOST_NAMED).map(
      ({ tag, value, baseline, unit }) =>
        html`<li>
          <button type="button" class="link" @click=${() => show(tag)}><bdi>${tag}</bdi></button>
          ${formatValue(value)}${unit ? ` ${unit}` : ''}${
            baseline === undefined
              ? nothing
              : html`<span class="muted"> ${l10n.t('against {0}', formatValue(baseline))}</span>`
          }
        </li>`,
    )}
    ${rest > 0 ? html`<li class="muted">${l10n.t('and {0} more', rest)}</li>` : nothing}
  </ul>`;
}
