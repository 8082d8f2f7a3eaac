import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Both, ComparedCurve, ComparedFinding, RunComparison } from '../../src/contract/runComparison.js';
import { formatCount, formatStep, formatValue } from '../format/numbers.js';
import { monitorWords, roleWords, SEVERITY_MARKS } from '../format/words.js';
import { icon } from './icon.js';

/** Curves that are listed before the rest is folded away. */
const CURVES_SHOWN = 8;
/** Names of what only one run logs. */
const NAMES_SHOWN = 12;

/** What distinguishes another run from the page's own, beyond the values at one place: findings and courses. */
export function runDifferences(comparison: RunComparison): TemplateResult {
  const { runs, findings, curves, onlyIn } = comparison;
  return html`<section class="differences" aria-label=${l10n.t('What distinguishes {0}', runs[1].name)}>
    <h3>${l10n.t('What distinguishes {0}', runs[1].name)}</h3>
    ${nothingToCompare(comparison)} ${findings.length > 0 ? findingTable(findings, runs) : nothing}
    ${curves.length > 0 ? curveTables(curves) : nothing} ${onlyIn.map((tags, index) => alone(tags, runs[index]!.name))}
    ${silentAboutSettings(comparison)}
  </section>`;
}

/** What stands here instead of tables, or above them where all of them say the same. */
function nothingToCompare({ curves, findings, configuration }: RunComparison): TemplateResult | typeof nothing {
  if (curves.length === 0) {
    return html`<p>${icon('circle-slash')} ${l10n.t('The two runs log nothing that measures the same.')}</p>`;
  }
  if (curves.every(({ sharedSteps }) => sharedSteps === 0)) {
    return html`<p>
      ${icon('circle-slash')} ${l10n.t('The two runs have no step in common: their courses can’t be compared.')}
    </p>`;
  }
  const same = curves.every(({ firstDifference }) => firstDifference === null);
  return same && findings.every(({ runs }) => runs[0] && runs[1]) && configuration.length === 0
    ? html`<p>${icon('check')} ${l10n.t('Wherever both have a value, the two runs are the same.')}</p>`
    : nothing;
}

function silentAboutSettings({ withoutSettings }: RunComparison): TemplateResult | typeof nothing {
  if (!withoutSettings.some(Boolean)) {
    return nothing;
  }
  return html`<p class="muted">
    ${
      withoutSettings.every(Boolean)
        ? l10n.t('Neither log says what its run was started with: only curves and findings can be compared.')
        : l10n.t('Only one of the logs says what its run was started with: settings can’t be compared.')
    }
  </p>`;
}

function findingTable(findings: readonly ComparedFinding[], runs: RunComparison['runs']): TemplateResult {
  return html`<table>
    <caption>
      ${l10n.t('Findings')}
    </caption>
    <thead>
      <tr>
        <td></td>
        ${runs.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${findings.map(
        ({ monitor, runs: told }) =>
          html`<tr>
            <th scope="row">${monitorWords(monitor)}</th>
            ${told.map(
              (finding) =>
                html`<td title=${finding?.title ?? nothing}>
                  ${
                    finding
                      ? html`<span class="severity-${finding.severity}"
                            >${icon(SEVERITY_MARKS[finding.severity].icon)}
                            ${SEVERITY_MARKS[finding.severity].word}</span
                          >
                          ${l10n.t('step {0}', formatStep(finding.fromStep))}`
                      : l10n.t('not found')
                  }
                </td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function curveTables(curves: readonly ComparedCurve[]): TemplateResult {
  const rest = curves.slice(CURVES_SHOWN);
  return html`${curveTable(curves.slice(0, CURVES_SHOWN), l10n.t('Where the curves part'))}
  ${
    rest.length === 0
      ? nothing
      : html`<details>
          <summary>
            ${rest.length === 1 ? l10n.t('1 further curve') : l10n.t('{0} further curves', formatCount(rest.length))}
          </summary>
          ${curveTable(rest, l10n.t('Further curves'))}
        </details>`
  }`;
}

function curveTable(curves: readonly ComparedCurve[], title: string): TemplateResult {
  return html`<table>
    <caption>
      ${title}
    </caption>
    <thead>
      <tr>
        <td></td>
        <th scope="col" title=${l10n.t('The first step at which the values are not the same number')}>
          ${l10n.t('First difference')}
        </th>
        <th scope="col" title=${l10n.t('The step from which they lastingly differ by more than single steps stray')}>
          ${l10n.t('Part for good')}
        </th>
        <th scope="col">${l10n.t('There')}</th>
        <th scope="col">${l10n.t('At the last common step')}</th>
      </tr>
    </thead>
    <tbody>
      ${curves.map(
        (curve) =>
          html`<tr>
            <th scope="row">${roleWords(curve.role, curve.tags[0])}</th>
            ${courseCells(curve)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function courseCells({ sharedSteps, firstDifference, parting, end }: ComparedCurve): TemplateResult {
  if (sharedSteps === 0 || !end) {
    return html`<td colspan="4">${l10n.t('no step in common')}</td>`;
  }
  return firstDifference === null
    ? html`<td colspan="4">
        ${sharedSteps === 1 ? l10n.t('the same on 1 common step') : l10n.t('the same on {0} common steps', formatCount(sharedSteps))}
      </td>`
    : html`<td>${l10n.t('step {0}', formatStep(firstDifference))}</td>
        <td>${parting ? l10n.t('step {0}', formatStep(parting.step)) : l10n.t('within the noise')}</td>
        <td>${parting ? pair(parting.values) : '–'}</td>
        <td>${pair(end.values)} <span class="difference">${l10n.t('step {0}', formatStep(end.step))}</span></td>`;
}

function pair([own, other]: Both<number>): string {
  return `${formatValue(own)} → ${formatValue(other)}`;
}

function alone(tags: readonly string[], run: string): TemplateResult | typeof nothing {
  const more = tags.length - NAMES_SHOWN;
  return tags.length === 0
    ? nothing
    : html`<p class="muted">
        ${
          more > 0
            ? l10n.t('Only {0} logs {1} and {2} more.', run, tags.slice(0, NAMES_SHOWN).join(', '), formatCount(more))
            : l10n.t('Only {0} logs {1}.', run, tags.join(', '))
        }
      </p>`;
}
