import { htmlPage } from './htmlPage.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { formatCount, formatNumber, plural } from './numbers.js';
import { meanLoss, sweepSvg } from './sweepSvg.js';
import type { Sweep } from './sweepSvg.js';

/** What one arm of an experiment did, against the baseline with the same seeds. */
interface ArmOutcome {
  readonly arm: string;
  readonly verdict: string;
  /** Mean difference to the baseline; null where nothing was compared. */
  readonly effect: number | null;
  /** 95 %. */
  readonly interval: readonly [number, number] | null;
  readonly unit: string;
  /** Pairs of runs. */
  readonly seeds: number;
  readonly note: string | null;
}

/** An experiment on a proxy, as much of it as is told. */
export interface ExperimentOutcome {
  readonly title: string;
  readonly proxy: { readonly parameters: number; readonly rules: readonly string[] };
  readonly backend: string;
  readonly seeds: readonly number[];
  readonly verdicts: readonly ArmOutcome[];
  readonly sensitivities: readonly Sweep[];
  readonly problems: readonly string[];
}

/** An experiment as one page that stands alone: its sweep as a chart with its numbers, its verdicts as a table. */
export function experimentHtml(outcome: ExperimentOutcome, version: string): string {
  const { title, proxy, backend, seeds, verdicts, sensitivities, problems } = outcome;
  const lines = [...proxy.rules, ...problems];
  return htmlPage(`${title} · Evenkeel lab`, [
    markup`<h1>${title}</h1>
<p class="facts">On a proxy of ${formatCount(proxy.parameters)} parameters · ${plural(seeds.length, 'seed')} · ${backend}</p>
`,
    ...(lines.length > 0
      ? [
          markup`<ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul>
`,
        ]
      : []),
    ...(sensitivities.length > 0 ? [sweepSvg(sensitivities), sweepTable(sensitivities)] : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
    markup`<footer>Made by Evenkeel ${version}. A proxy is small: what it shows is a hint for the run that it stands for.</footer>`,
  ]);
}

function sweepTable(sweeps: readonly Sweep[]): Markup {
  const rates = [...new Set(sweeps.flatMap(({ points }) => points.map(({ learningRate }) => learningRate)))].sort(
    (one, other) => one - other,
  );
  const cell = (sweep: Sweep, rate: number): string => {
    const losses = sweep.points.find(({ learningRate }) => learningRate === rate)?.losses ?? [];
    return losses.length === 0 ? '–' : formatNumber(meanLoss(losses));
  };
  return markup`<table>
<caption>Final loss, mean over the seeds. Sensitivity: mean over the rates of the loss above the best one (Wortsman et al. 2023); lower is better.</caption>
<thead><tr><th scope="col">Learning rate</th>${sweeps.map(({ arm }) => markup`<th scope="col">${arm}</th>`)}</tr></thead>
<tbody>${rates.map(
    (rate) =>
      markup`<tr><th scope="row">${formatNumber(rate)}</th>${sweeps.map((sweep) => markup`<td>${cell(sweep, rate)}</td>`)}</tr>
`,
  )}<tr><th scope="row">Sensitivity</th>${sweeps.map(
    ({ sensitivity }) => markup`<td>${sensitivity === null ? 'unknown' : formatNumber(sensitivity)}</td>`,
  )}</tr></tbody>
</table>
`;
}

function verdictTable(verdicts: readonly ArmOutcome[]): Markup {
  return markup`<table>
<caption>Against the baseline with the same seeds; intervals are of 95 %.</caption>
<thead><tr><th scope="col">Arm</th><th scope="col">Verdict</th><th scope="col">Effect</th><th scope="col">Pairs</th></tr></thead>
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
