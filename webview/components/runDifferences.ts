import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Both, ComparedCurve, ComparedFinding, RunComparison } from '../../src/contract/runComparison.js';
import { formatStep, formatValue } from '../format/numbers.js';
import { monitorWords, plural, roleWords, SEVERITY_MARKS } from '../format/words.js';
import { icon } from './icon.js';

/** Curves that are listed before the rest is folded away. */
const CURVES_SHOWN = 8;
/** Names of what only one run logs. */
const NAMES_SHOWN = 12;

/** What distinguishes another run from the page's own, beyond the values at one place: findings and courses. */
export function runDifferences(comparison: RunComparison): TemplateResult {
  const { runs, findings, curves, onlyIn } = comparison;
  return html`<section class="differences" aria-label=${`What distinguishes ${runs[1].name}`}>
    <h3>What distinguishes ${runs[1].name}</h3>
    ${nothingToCompare(comparison)} ${findings.length > 0 ? findingTable(findings, runs) : nothing}
    ${curves.length > 0 ? curveTables(curves) : nothing} ${onlyIn.map((tags, index) => alone(tags, runs[index]!.name))}
    ${silentAboutSettings(comparison)}
  </section>`;
}

/** What stands here instead of tables, or above them where all of them say the same. */
function nothingToCompare({ curves, findings, configuration }: RunComparison): TemplateResult | typeof nothing {
  if (curves.length === 0) {
    return html`<p>${icon('circle-slash')} The two runs log nothing that measures the same.</p>`;
  }
  if (curves.every(({ sharedSteps }) => sharedSteps === 0)) {
    return html`<p>${icon('circle-slash')} The two runs have no step in common: their courses can’t be compared.</p>`;
  }
  const same = curves.every(({ firstDifference }) => firstDifference === null);
  return same && findings.every(({ runs }) => runs[0] && runs[1]) && configuration.length === 0
    ? html`<p>${icon('check')} Wherever both have a value, the two runs are the same.</p>`
    : nothing;
}

function silentAboutSettings({ withoutSettings }: RunComparison): TemplateResult | typeof nothing {
  if (!withoutSettings.some(Boolean)) {
    return nothing;
  }
  return html`<p class="muted">
    ${
      withoutSettings.every(Boolean)
        ? 'Neither log says what its run was started with: only curves and findings can be compared.'
        : 'Only one of the logs says what its run was started with: settings can’t be compared.'
    }
  </p>`;
}

function findingTable(findings: readonly ComparedFinding[], runs: RunComparison['runs']): TemplateResult {
  return html`<table>
    <caption>
      Findings
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
                          step ${formatStep(finding.fromStep)}`
                      : 'not found'
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
  return html`${curveTable(curves.slice(0, CURVES_SHOWN), 'Where the curves part')}
  ${
    rest.length === 0
      ? nothing
      : html`<details>
          <summary>${plural(rest.length, 'further curve')}</summary>
          ${curveTable(rest, 'Further curves')}
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
        <th scope="col" title="The first step at which the values are not the same number">First difference</th>
        <th scope="col" title="The step from which they lastingly differ by more than single steps stray">
          Part for good
        </th>
        <th scope="col">There</th>
        <th scope="col">At the last common step</th>
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
    return html`<td colspan="4">no step in common</td>`;
  }
  return firstDifference === null
    ? html`<td colspan="4">the same on ${plural(sharedSteps, 'common step')}</td>`
    : html`<td>step ${formatStep(firstDifference)}</td>
        <td>${parting ? `step ${formatStep(parting.step)}` : 'within the noise'}</td>
        <td>${parting ? pair(parting.values) : '–'}</td>
        <td>${pair(end.values)} <span class="difference">step ${formatStep(end.step)}</span></td>`;
}

function pair([own, other]: Both<number>): string {
  return `${formatValue(own)} → ${formatValue(other)}`;
}

function alone(tags: readonly string[], run: string): TemplateResult | typeof nothing {
  const more = tags.length - NAMES_SHOWN;
  return tags.length === 0
    ? nothing
    : html`<p class="muted">
        Only ${run} logs ${tags.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}.
      </p>`;
}
