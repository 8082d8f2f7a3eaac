import type { ArmOutcome, ExperimentOutcome, SweepOutcome } from '../contract/labExperiment.js';
import { htmlPage } from './htmlPage.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { formatCount, formatNumber } from './numbers.js';
import { meanLoss, sensitivityWords, sweepSvg } from './sweepSvg.js';
import { ENGLISH } from './translator.js';
import type { Translator } from './translator.js';

/** How an experiment's page is shown. */
export interface ExperimentView {
  readonly words: Translator;
  /** Of the words, as HTML has it. */
  readonly language: string;
  /** Added to the style of reports. */
  readonly style?: Markup;
}

const FILE: ExperimentView = { words: ENGLISH, language: 'en' };

/** An experiment as one page that stands alone: its sweep as a chart with its numbers, its verdicts as a table. */
export function experimentHtml(outcome: ExperimentOutcome, version: string, view: ExperimentView = FILE): string {
  const { title, proxy, backend, seeds, verdicts, sensitivities, missing, problems } = outcome;
  const { words: l10n } = view;
  const lines = [
    ...(missing > 0 && problems.length === 0
      ? [l10n.t('{0} planned runs are missing; asked again, the lab goes on with them.', missing)]
      : []),
    ...proxy.rules,
    ...problems,
  ];
  const facts = [
    l10n.t('On a proxy of {0} parameters', formatCount(proxy.parameters)),
    seeds.length === 1 ? l10n.t('1 seed') : l10n.t('{0} seeds', seeds.length),
    backend,
  ];
  const swept = sensitivities.filter(({ points }) => points.some(({ losses }) => losses.length > 0));
  return htmlPage(
    `${title} · Evenkeel lab`,
    [
      markup`<h1>${title}</h1>
<p class="facts">${facts.join(' · ')}</p>
`,
      ...(lines.length > 0
        ? [
            markup`<ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul>
`,
          ]
        : []),
      ...(swept.length > 0 ? [sweepSvg(swept, l10n), sweepTable(swept, l10n)] : []),
      ...(verdicts.length > 0 ? [verdictTable(verdicts, l10n)] : []),
      ...(swept.length + verdicts.length === 0
        ? [markup`<p>${l10n.t('No run has come to its end: there is nothing to show yet.')}</p>`]
        : []),
      markup`<footer>${l10n.t('Made by Evenkeel {0}. A proxy is small: what it shows is a hint for the run that it stands for.', version)}</footer>`,
    ],
    view,
  );
}

function sweepTable(sweeps: readonly SweepOutcome[], l10n: Translator): Markup {
  const rates = [...new Set(sweeps.flatMap(({ points }) => points.map(({ learningRate }) => learningRate)))].sort(
    (one, other) => one - other,
  );
  const cell = (sweep: SweepOutcome, rate: number): string => {
    const losses = sweep.points.find(({ learningRate }) => learningRate === rate)?.losses ?? [];
    return losses.length === 0 ? '–' : formatNumber(meanLoss(losses));
  };
  return markup`<table>
<caption>${l10n.t('Final loss, mean over the seeds. Sensitivity: mean over the rates of the loss above the best one (Wortsman et al. 2023); lower is better.')}</caption>
<thead><tr><th scope="col">${l10n.t('Learning rate')}</th>${sweeps.map(({ arm }) => markup`<th scope="col">${arm}</th>`)}</tr></thead>
<tbody>${rates.map(
    (rate) =>
      markup`<tr><th scope="row">${formatNumber(rate)}</th>${sweeps.map((sweep) => markup`<td>${cell(sweep, rate)}</td>`)}</tr>
`,
  )}<tr><th scope="row">${l10n.t('Sensitivity')}</th>${sweeps.map(
    ({ sensitivity }) => markup`<td>${sensitivityWords(sensitivity, l10n)}</td>`,
  )}</tr></tbody>
</table>
`;
}

function verdictTable(verdicts: readonly ArmOutcome[], l10n: Translator): Markup {
  return markup`<table>
<caption>${l10n.t('Against the baseline with the same seeds; intervals are of 95 %.')}</caption>
<thead><tr><th scope="col">${l10n.t('Arm')}</th><th scope="col">${l10n.t('Verdict')}</th><th scope="col">${l10n.t('Effect')}</th><th scope="col">${l10n.t('Pairs')}</th></tr></thead>
<tbody>${verdicts.map(
    ({ arm, verdict, effect, interval, unit, seeds, note }) =>
      markup`<tr><th scope="row">${arm}</th><td>${verdict}${note === null ? '' : ` (${note})`}</td><td>${
        effect === null ? '–' : `${formatNumber(effect)}${spanOf(interval)} ${unit}`
      }</td><td>${seeds}</td></tr>
`,
  )}</tbody>
</table>
`;
}

function spanOf(interval: readonly [number, number] | null): string {
  return interval === null ? '' : ` [${interval.map(formatNumber).join(', ')}]`;
}
