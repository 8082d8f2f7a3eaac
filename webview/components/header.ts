import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import type { RunReport } from '../../src/contract/report.js';
import type { Severity } from '../../src/model/finding.js';
import type { StepUnit } from '../../src/model/record.js';
import { unitWords } from '../charts/axes.js';
import type { RunClock } from '../charts/runClock.js';
import { formatCount, formatRate, formatStep } from '../format/numbers.js';
import { formatAgo, formatDuration, formatMoment } from '../format/times.js';
import { SEVERITY_MARKS, STATUS_MARKS } from '../format/words.js';
import { icon } from './icon.js';
import type { PageActions } from './pageActions.js';

/** The run in one line: what it is, how far it is, how it fares. */
export function header(
  report: RunReport,
  clock: RunClock | undefined,
  now: number,
  actions: Pick<PageActions, 'openLog' | 'exportRun'>,
): TemplateResult {
  return html`<header class="page-header">
    <div class="title-line">
      <h1 title=${report.name}>${report.name}</h1>
      ${statusBadge(report)} ${verdict(report)}
      <div class="page-tools">
        <vscode-button secondary icon="export" @click=${() => actions.exportRun()}>${l10n.t('Export…')}</vscode-button>
        <vscode-button secondary icon="go-to-file" title=${report.paths.join('\n')} @click=${() => actions.openLog()}>
          ${l10n.t('Open log')}
        </vscode-button>
      </div>
    </div>
    <ul class="facts">
      ${facts(report, clock, now)}
    </ul>
    ${progress(report)}
  </header>`;
}

function statusBadge({ status }: RunReport): TemplateResult {
  const { icon: name, word } = STATUS_MARKS[status];
  return html`<span class="status status-${status}">${icon(name)}${word}</span>`;
}

/** Whether it is broken, in as few words as there are. */
function verdict({ findings, evaluated, status, reading }: RunReport): TemplateResult | typeof nothing {
  const worst = (['error', 'warning', 'info'] as const).find((severity) =>
    findings.some((finding) => finding.severity === severity),
  );
  if (worst) {
    return html`<span class="verdict severity-${worst}">
      ${icon(SEVERITY_MARKS[worst].icon)}${counts(findings.map(({ severity }) => severity))}
    </span>`;
  }
  return evaluated.length > 0
    ? html`<span class="verdict healthy"
        >${icon('pass')}${healthyWords(evaluated.length, status === 'live' || reading === true)}</span
      >`
    : nothing;
}

function healthyWords(checks: number, isEarly: boolean): string {
  const count = formatCount(checks);
  if (checks === 1) {
    return isEarly ? l10n.t('nothing wrong so far in 1 check') : l10n.t('nothing wrong in 1 check');
  }
  return isEarly ? l10n.t('nothing wrong so far in {0} checks', count) : l10n.t('nothing wrong in {0} checks', count);
}

function counts(severities: readonly Severity[]): string {
  return (['error', 'warning', 'info'] as const)
    .map((severity) => ({ severity, count: occurrences(severities, severity) }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => countWords(severity, count))
    .join(', ');
}

function countWords(severity: Severity, count: number): string {
  switch (severity) {
    case 'error':
      return count === 1 ? l10n.t('1 error') : l10n.t('{0} errors', formatCount(count));
    case 'warning':
      return count === 1 ? l10n.t('1 warning') : l10n.t('{0} warnings', formatCount(count));
    case 'info':
      return count === 1 ? l10n.t('1 note') : l10n.t('{0} notes', formatCount(count));
  }
}

function occurrences(severities: readonly Severity[], wanted: Severity): number {
  return severities.filter((severity) => severity === wanted).length;
}

function facts(report: RunReport, clock: RunClock | undefined, now: number): TemplateResult[] {
  const unit = unitOf(report);
  return [
    ...(report.steps ? [fact(stepWords(report, unit))] : []),
    ...rateFact(report, clock, unit),
    ...timeFacts(report, clock, now),
    fact(report.format),
    fact(report.points === 1 ? l10n.t('1 point') : l10n.t('{0} points', formatCount(report.points))),
    ...(report.segments > 1 ? [fact(resumedWords(report.segments - 1))] : []),
    ...(report.ranks > 1 ? [fact(l10n.t('{0} ranks', formatCount(report.ranks)))] : []),
  ];
}

function fact(text: string, title?: string): TemplateResult {
  return html`<li title=${title ?? nothing}>${text}</li>`;
}

function resumedWords(count: number): string {
  return count === 1 ? l10n.t('resumed once') : l10n.t('resumed {0} times', formatCount(count));
}

/** What the run's steps count; with mixed units, the one that most signals have. */
function unitOf({ signals }: RunReport): StepUnit {
  const units = signals.map(({ stepUnit }) => stepUnit);
  return (['step', 'epoch', 'row', 'sample', 'token'] as const).find((unit) => units.includes(unit)) ?? 'step';
}

function stepWords({ steps, totalSteps }: RunReport, unit: StepUnit): string {
  const done = unitWords(unit, formatStep(steps!.last));
  return totalSteps === undefined ? done : l10n.t('{0} of {1}', done, formatCount(totalSteps));
}

function rateFact(
  { status, steps, totalSteps }: RunReport,
  clock: RunClock | undefined,
  unit: StepUnit,
): TemplateResult[] {
  if (!clock?.recentRate) {
    return [];
  }
  const left = totalSteps === undefined || !steps ? 0 : (totalSteps - steps.last) / clock.recentRate;
  const rate = fact(formatRate(clock.recentRate, unit), l10n.t('Pace over the newest tenth of the run'));
  return status === 'live' && left > 0 ? [rate, fact(l10n.t('about {0} left', formatDuration(left)))] : [rate];
}

function timeFacts({ status }: RunReport, clock: RunClock | undefined, now: number): TemplateResult[] {
  if (!clock) {
    return [];
  }
  const span = l10n.t('Started {0}, newest number {1}', formatMoment(clock.first), formatMoment(clock.last));
  const lasted =
    clock.last > clock.first ? [fact(l10n.t('{0} long', formatDuration(clock.last - clock.first)), span)] : [];
  return status === 'live'
    ? [...lasted, fact(l10n.t('newest number {0}', formatAgo(clock.last, now)), span)]
    : [...lasted, fact(l10n.t('ended {0}', formatAgo(clock.last, now)), span)];
}

function progress({ steps, totalSteps, status }: RunReport): TemplateResult | typeof nothing {
  if (!steps || totalSteps === undefined || totalSteps <= 0) {
    return nothing;
  }
  const done = Math.min(steps.last, totalSteps);
  return html`<progress
    class="progress status-${status}"
    max=${totalSteps}
    .value=${done}
    aria-label=${l10n.t('Steps done')}
  ></progress>`;
}
