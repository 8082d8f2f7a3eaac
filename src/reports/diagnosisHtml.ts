import { notEvaluatedGroups } from '../contract/notEvaluatedGroups.js';
import { quietMonitors } from '../contract/report.js';
import type { DiagnosisReport, OfferedFix, ReportedFinding, RunReport } from '../contract/report.js';
import { arrangeSettings } from '../contract/settingsOrder.js';
import type { Setting } from '../contract/settingsOrder.js';
import type { Evidence, Severity } from '../model/finding.js';
import { MONITORS } from '../monitors/monitors.js';
import { chartSvg } from './chartSvg.js';
import type { FindingChart } from './findingCharts.js';
import { htmlPage } from './htmlPage.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { formatCount, plural } from './numbers.js';
import {
  confidenceText,
  FIXES_EXPLAINED,
  measuredText,
  ownerText,
  reachedText,
  reasonText,
  spanText,
} from './words.js';

/** Settings beyond these are a dump, not a table; those that tell most come first. */
const MOST_SETTINGS = 60;
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = { error: '✖ Error', warning: '▲ Warning', info: '● Note' };

/** Charts of a run by its id; see `chartRequests`. */
export type ChartsOfRuns = ReadonlyMap<string, readonly FindingChart[]>;

/** The diagnosis as one page that stands alone. Texts of logs are set as text. */
export function diagnosisHtml({ runs, unreadable }: DiagnosisReport, charts: ChartsOfRuns, version: string): string {
  const title = runs.length === 1 ? (runs[0]?.name ?? '') : plural(runs.length, 'run');
  return htmlPage(`${title} · Evenkeel diagnosis`, [
    markup`<h1>Evenkeel diagnosis</h1>
${runs.length > 1 ? contents(runs) : undefined}
${runs.map((run, index) => runSection(run, index, charts.get(run.id) ?? []))}
${
  unreadable.length > 0
    ? listed(
        'Not read',
        unreadable.map(({ path, message }) => markup`${path}: ${message}`),
      )
    : undefined
}
<footer>Made by Evenkeel ${version}. Everything here is in the logs named above.</footer>`,
  ]);
}

function contents(runs: readonly RunReport[]): Markup {
  return markup`<nav aria-label="Runs"><ol>${runs.map(
    ({ name, findings }, index) => markup`<li><a href="#run-${index + 1}">${name}</a> ${severities(findings)}</li>
`,
  )}</ol></nav>`;
}

function severities(findings: readonly ReportedFinding[]): Markup {
  const counts = (['error', 'warning', 'info'] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0);
  return markup`${counts.map(
    ({ severity, count }) =>
      markup`<span class="severity ${severity}">${SEVERITY_WORDS[severity]}${count > 1 ? ` × ${formatCount(count)}` : ''}</span> `,
  )}`;
}

function runSection(run: RunReport, index: number, charts: readonly FindingChart[]): Markup {
  const quiet = quietMonitors(run);
  return markup`<section id="run-${index + 1}" aria-labelledby="name-${index + 1}">
<h2 id="name-${index + 1}">${run.name}</h2>
<p class="facts">${run.status} · ${reachedText(run)} · ${plural(run.points, 'point')} · ${run.format} · ${run.paths[0]}${
    run.paths.length > 1 ? ` and ${formatCount(run.paths.length - 1)} more` : ''
  }</p>
${run.findings.map((finding) =>
  findingArticle(
    finding,
    charts.find((chart) => chart.finding === finding.id),
  ),
)}
${
  quiet.length === 0
    ? undefined
    : markup`<p class="quiet">${run.findings.length === 0 ? '✓ ' : ''}Nothing wrong in ${plural(quiet.length, 'check')}: ${quiet.map(titleOf).join(', ')}.</p>`
}
${run.evaluated.length === 0 ? markup`<p class="severity warning">▲ Nothing could be checked.</p>` : undefined}
${notEvaluated(run)}
${configuration(run)}
${
  run.problems.length > 0
    ? listed(
        'Problems while reading',
        run.problems.map(
          ({ path, offset, message, remedy }) =>
            markup`${path}, byte ${formatCount(offset)}: ${message}${remedy === undefined ? '' : `. ${remedy}`}`,
        ),
      )
    : undefined
}
</section>
`;
}

function findingArticle(finding: ReportedFinding, chart: FindingChart | undefined): Markup {
  const { severity, title, explanation, chain = [], evidence, otherCauses, fixes, papers } = finding;
  return markup`<article class="${severity}">
<h3><span class="severity ${severity}">${SEVERITY_WORDS[severity]}</span> ${title}</h3>
<p class="facts">${spanText(finding)} · ${confidenceText(finding)} · ${titleOf(finding.monitor)}</p>
<p>${explanation}</p>
${
  chain.length < 2
    ? undefined
    : markup`<ol class="chain" aria-label="One thing led to another">${chain.map(
        ({ symptom, fromStep }) =>
          markup`<li>${symptom.replaceAll('-', ' ')} <small>step ${formatCount(fromStep)}</small></li>`,
      )}</ol>`
}
${chart ? chartSvg(chart, finding) : undefined}
${evidence.length > 0 ? evidenceTable(evidence) : undefined}
${otherCauses.length > 0 ? listed('What else it could be', otherCauses.map(text)) : undefined}
${fixes.length > 0 ? listed('What to do', fixes.slice(0, FIXES_EXPLAINED).map(fixText)) : undefined}
${
  fixes.length > FIXES_EXPLAINED
    ? markup`<details><summary>Other ways (${formatCount(fixes.length - FIXES_EXPLAINED)})</summary>
<ul>${fixes.slice(FIXES_EXPLAINED).map((fix) => markup`<li>${fixText(fix)}</li>`)}</ul></details>`
    : undefined
}
${
  papers.length > 0
    ? listed(
        'Rests on',
        papers.map(({ title: name, authors, year }) => markup`<cite>${name}</cite>, ${authors}, ${year}`),
      )
    : undefined
}
</article>
`;
}

function evidenceTable(evidence: readonly Evidence[]): Markup {
  return markup`<table>
<caption>Why we think so</caption>
<thead><tr><th scope="col">Series</th><th scope="col">Step</th><th scope="col">Value</th><th scope="col">Against</th></tr></thead>
<tbody>${evidence.map(
    (entry) => markup`<tr><th scope="row">${ownerText(entry)}</th><td>${formatCount(entry.step)}</td><td>${measuredText(
      entry.value,
      entry.unit,
    )}</td><td>${
      entry.baseline === undefined
        ? undefined
        : `${measuredText(entry.baseline, entry.unit)}${entry.baselineMeaning === undefined ? '' : `, ${entry.baselineMeaning}`}`
    }</td></tr>
`,
  )}</tbody>
</table>`;
}

function notEvaluated({ notEvaluated: items }: RunReport): Markup | undefined {
  return items.length === 0
    ? undefined
    : markup`<details><summary>Not evaluated (${formatCount(items.length)}), and what each check needs</summary>
${notEvaluatedGroups(items).map(
  (group) =>
    markup`<h4>${group.title}</h4><ul>${group.items.map(
      ({ monitor, missing, remedy }) =>
        markup`<li><strong>${titleOf(monitor)}</strong> needs ${missing.join(', ')}. ${remedy}</li>`,
    )}</ul>
`,
)}</details>`;
}

function configuration(run: RunReport): Markup | undefined {
  const { telling, others } = arrangeSettings(run.configuration);
  const all = [...telling, ...others];
  const left = all.length - MOST_SETTINGS;
  return all.length === 0
    ? undefined
    : markup`<details><summary>Configuration (${plural(all.length, 'setting')})</summary>
<dl>${all.slice(0, MOST_SETTINGS).map(({ name, value }: Setting) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${left > 0 ? markup`<p class="facts">and ${formatCount(left)} more</p>` : undefined}
</details>`;
}

function listed(title: string, items: readonly Markup[]): Markup {
  return markup`<h4>${title}</h4><ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
}

function fixText(fix: OfferedFix): Markup {
  return markup`<strong>${fix.title}</strong> (<code>${fix.id}</code>): ${reasonText(fix)}`;
}

function text(words: string): Markup {
  return markup`${words}`;
}

const TITLES: ReadonlyMap<string, string> = new Map(MONITORS.map(({ id, title }) => [id, title]));

function titleOf(monitor: string): string {
  return TITLES.get(monitor) ?? monitor;
}
