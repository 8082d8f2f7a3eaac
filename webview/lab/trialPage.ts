import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import { isTrialOver } from '../../src/contract/labProtocol.js';
import type { LabTrial } from '../../src/contract/labProtocol.js';
import { staleBanner } from '../components/failure.js';
import { icon } from '../components/icon.js';
import { ghosts, loadingHeader } from '../components/loadingHeader.js';
import { formatCount } from '../format/numbers.js';
import { formatDuration } from '../format/times.js';
import { armTable } from './armTable.js';
import { reproductionStep } from './reproductionStep.js';
import type { TrialActions } from './trialActions.js';
import { trialDetails } from './trialDetails.js';
import { outcomeWords, pairedSeedCount, proxyWords, STAGE_MARKS } from './trialWords.js';

interface Circumstances {
  /** Whether files may be changed and processes started. */
  readonly trusted: boolean;
  /** Why the page is not up to date. */
  readonly failure: string | undefined;
}

/** The whole page but for what the charts draw into `.board`. */
export function trialPage(trial: LabTrial, circumstances: Circumstances, actions: TrialActions): TemplateResult {
  const hasCurves = trial.arms.some(({ curves }) => Object.keys(curves).length > 0);
  return html`
    ${header(trial, circumstances, actions)} ${staleBanner(circumstances.failure)}
    <main class="trial">
      <section class="trial-story" aria-label=${l10n.t('What came of it')}>
        ${outcome(trial, circumstances, actions)} ${reproductionStep(trial)}
        ${armTable(trial, circumstances.trusted, actions)} ${problems(trial)} ${trialDetails(trial, actions)}
      </section>
      <section
        class="chart-pane"
        tabindex="0"
        aria-label=${l10n.t('Curves: the mean of each arm over its seeds, and their range')}
      >
        ${
          hasCurves
            ? html`<p class="hint">
                ${l10n.t('Each line is the mean over the seeds of an arm, its band their range.')}
              </p>`
            : noCurves(trial)
        }
        <div class="board"></div>
      </section>
    </main>
  `;
}

function header(trial: LabTrial, { trusted }: Circumstances, actions: TrialActions): TemplateResult {
  const { stage, finding, runName, progress } = trial;
  const { icon: name, word } = STAGE_MARKS[stage];
  const isRunning = !isTrialOver(stage);
  return html`<header class="page-header" aria-busy=${isRunning ? 'true' : 'false'}>
    <div class="title-line">
      <h1 title=${finding.title}>${l10n.t('What helps: {0}', finding.title)}</h1>
      <span class="status stage-${stage}" role="status">
        ${
          isRunning && stage !== 'queued'
            ? html`<vscode-progress-ring aria-hidden="true"></vscode-progress-ring>`
            : icon(name)
        }${word}
      </span>
      <div class="page-tools">${tools(trial, trusted, actions)}</div>
    </div>
    <ul class="facts">
      ${facts(trial).map((fact) => html`<li>${fact}</li>`)}
      <li>
        <button type="button" class="link" @click=${() => actions.openFinding()}>
          ${icon('graph-line')}${runName === '' ? l10n.t('The finding') : l10n.t('The finding in {0}', runName)}
        </button>
      </li>
    </ul>
    ${
      isRunning && progress
        ? html`<progress
            class="progress"
            max="1"
            .value=${progress.share}
            aria-label=${l10n.t('{0} of {1} runs', progress.done, progress.planned)}
          ></progress>`
        : nothing
    }
  </header>`;
}

function tools({ stage }: LabTrial, trusted: boolean, actions: TrialActions): TemplateResult | typeof nothing {
  if (!isTrialOver(stage)) {
    return html`<vscode-button secondary icon="debug-stop" @click=${() => actions.cancel()}
      >${l10n.t('Cancel')}</vscode-button
    >`;
  }
  if (stage !== 'stopped' && stage !== 'failed') {
    return nothing;
  }
  return html`<vscode-button ?disabled=${!trusted} icon="debug-continue" @click=${() => actions.resume()}
    >${stage === 'failed' ? l10n.t('Try again') : l10n.t('Resume')}</vscode-button
  >`;
}

function facts(trial: LabTrial): string[] {
  const { proxy, seeds, backend, ladder, progress, seconds, stage, arms } = trial;
  const runs = arms.flatMap((arm) => arm.runs);
  const done = runs.filter(({ state }) => state === 'done').length;
  const rung = ladder.find(({ id }) => id === backend);
  const speed = rung?.msPerStep == null ? '' : l10n.t(', {0} ms a step', formatCount(Math.round(rung.msPerStep)));
  const isRunning = !isTrialOver(stage);
  return [
    ...(proxy === null ? [] : [proxyWords(trial)]),
    pairedSeedCount(seeds),
    ...(backend === null ? [] : [`${backend}${speed}`]),
    ...(runs.length === 0 || stage === 'not-reproduced' ? [] : [l10n.t('{0} of {1} runs', done, runs.length)]),
    ...(isRunning && progress?.secondsLeft != null
      ? [l10n.t('about {0} left', formatDuration(progress.secondsLeft))]
      : []),
    ...(!isRunning && seconds !== null && seconds > 0 ? [l10n.t('took {0}', formatDuration(seconds))] : []),
  ];
}

/** The answer before everything else, or why there is none. */
function outcome(trial: LabTrial, { trusted }: Circumstances, actions: TrialActions): TemplateResult | typeof nothing {
  const { stage } = trial;
  switch (stage) {
    case 'queued':
      return notice('clock', l10n.t('Another trial goes on; this one begins when it is over.'));
    case 'preparing':
      return notice(
        'gear',
        l10n.t('Each engine takes a known step and is held against the reference before it is trusted.'),
      );
    case 'stopped':
      return notice(
        'debug-pause',
        trusted
          ? l10n.t('Stopped before its end. Every run that came to its own end is kept; Resume goes on from there.')
          : l10n.t('Stopped before its end. This workspace is in Restricted Mode; trust it to go on.'),
      );
    case 'failed':
      return notice('error', trial.problems[0] ?? l10n.t('Nothing could be trained.'), 'severity-error');
    case 'no-proxy':
      return notice('circle-slash', trial.problems[0] ?? outcomeWords(trial) ?? '');
    case 'not-reproduced':
      return html`<div class="outcome">
        ${icon('circle-slash')}
        <div>
          <p>${outcomeWords(trial)}</p>
          <p class="muted">
            ${l10n.t('Small models do not show every trouble of large ones. The fixes of the finding stand as before; they are only not tested here.')}
            <button type="button" class="link" @click=${() => actions.openFinding()}>
              ${l10n.t('Show the finding')}
            </button>
          </p>
        </div>
      </div>`;
    case 'done': {
      const helps = trial.arms.some(({ verdict }) => verdict?.verdict === 'helps');
      return html`<div class="outcome ${helps ? 'healthy' : ''}">
        ${icon(helps ? 'pass' : 'dash')}
        <p>${outcomeWords(trial)}</p>
      </div>`;
    }
    case 'reproducing':
    case 'trying':
      return nothing;
  }
}

function notice(name: string, text: string, colour = ''): TemplateResult {
  return html`<div class="outcome" role="status">
    ${icon(name, colour)}
    <p>${text}</p>
  </div>`;
}

/** Where the outcome has told the first of them already, the others. */
function problems({ stage, problems: all }: LabTrial): TemplateResult | typeof nothing {
  const left = stage === 'failed' || stage === 'no-proxy' ? all.slice(1) : all;
  return left.length === 0
    ? nothing
    : html`<section class="trial-part">
        <h2 class="pane-title">${l10n.t('What went wrong or is missing')}</h2>
        <ul class="problem-list">
          ${left.map((problem) => html`<li>${icon('warning', 'severity-warning')} ${problem}</li>`)}
        </ul>
      </section>`;
}

function noCurves({ stage }: LabTrial): TemplateResult {
  return html`<div class="empty">
    ${icon('graph-line', 'large')}
    <h2>${isTrialOver(stage) ? l10n.t('No curves') : l10n.t('No curves yet')}</h2>
    <p>
      ${
        isTrialOver(stage)
          ? l10n.t('Nothing was trained.')
          : l10n.t('The losses of the proxy appear here with its first steps, one line for each arm.')
      }
    </p>
  </div>`;
}

/** The shape of the page at once. */
export function loadingPage(): TemplateResult {
  return html`
    ${loadingHeader(l10n.t('Trial'), l10n.t('Reading the trial…'))}
    <main class="trial" aria-hidden="true">
      <section class="trial-story">${ghosts('finding', 3)}</section>
      <section class="chart-pane">${ghosts('chart', 2)}</section>
    </main>
  `;
}
