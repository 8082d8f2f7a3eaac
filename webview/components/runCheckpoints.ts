import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ReportedFinding } from '../../src/contract/report.js';
import { checkpointsAround } from '../../src/model/runCheckpoint.js';
import type { RunCheckpoint } from '../../src/model/runCheckpoint.js';
import { formatCount, formatStep } from '../format/numbers.js';
import { icon } from './icon.js';
import type { PageActions } from './pageActions.js';

/** Where checkpoints lie on the axis that is shown: from 0 at the left of the charts' plots to 1. Undefined: not in view. */
export type ShareOf = (step: number) => number | undefined;

/** Marks closer together than this share of the axis are one. */
const CLOSE = 0.012;
/** Names in the title of a mark that stands for several; and rows of the list, the newest ones. */
const MOST_NAMED = 8;
const MOST_LISTED = 200;

interface Mark {
  readonly share: number;
  readonly checkpoints: readonly RunCheckpoint[];
}

/** The run's checkpoints along the axis of the charts, above them. */
export function checkpointStrip(
  checkpoints: readonly RunCheckpoint[],
  shareOf: ShareOf,
  actions: PageActions,
): TemplateResult | typeof nothing {
  // It stays where a zoom has no marks in view: the charts must not jump.
  return checkpoints.every(({ step }) => step === null)
    ? nothing
    : html`<div class="checkpoint-strip" role="group" aria-label=${l10n.t('Checkpoints along the axis of the charts')}>
        <span class="strip-label" aria-hidden="true" title=${l10n.t('Checkpoints')}>${icon('save')}</span>
        <div class="strip-axis">
          ${marksOf(checkpoints, shareOf).map(
            ({ share, checkpoints: some }) =>
              html`<button
                type="button"
                class="checkpoint-mark ${some.length > 1 ? 'several' : ''}"
                .style=${`left:${(100 * share).toFixed(3)}%`}
                title=${markTitle(some)}
                aria-label=${markTitle(some)}
                @click=${() => actions.openCheckpoint(some.at(-1)?.path ?? '')}
              >
                ${some.length > 1 ? formatCount(some.length) : nothing}
              </button>`,
          )}
        </div>
      </div>`;
}

/** In the order of the axis; those that would cover each other are one mark. */
function marksOf(checkpoints: readonly RunCheckpoint[], shareOf: ShareOf): Mark[] {
  const marks: { share: number; checkpoints: RunCheckpoint[] }[] = [];
  for (const checkpoint of checkpoints) {
    const share = checkpoint.step === null ? undefined : shareOf(checkpoint.step);
    const last = marks.at(-1);
    if (share === undefined) {
      continue;
    }
    if (last && share - last.share < CLOSE) {
      last.checkpoints.push(checkpoint);
    } else {
      marks.push({ share, checkpoints: [checkpoint] });
    }
  }
  return marks;
}

function markTitle(checkpoints: readonly RunCheckpoint[]): string {
  const names = checkpoints.slice(-MOST_NAMED).map(({ name, step }) => `${name}, ${stepWords(step)}`);
  const more = checkpoints.length - names.length;
  if (checkpoints.length === 1) {
    return l10n.t('Open {0}', names.join(''));
  }
  const first = l10n.t('{0} checkpoints; opens the last:', formatCount(checkpoints.length));
  return [first, ...(more > 0 ? [l10n.t('… {0} more', formatCount(more))] : []), ...names].join('\n');
}

function stepWords(step: number | null): string {
  return step === null ? l10n.t('step unknown') : l10n.t('step {0}', formatStep(step));
}

/** Every checkpoint of the run, to be opened, or compared with the one before. */
export function checkpointList(
  checkpoints: readonly RunCheckpoint[],
  actions: PageActions,
): TemplateResult | typeof nothing {
  if (checkpoints.length === 0) {
    return nothing;
  }
  const listed = checkpoints.slice(-MOST_LISTED);
  const left = checkpoints.length - listed.length;
  return html`<details class="run-checkpoints">
    <summary>
      ${icon('chevron-right', 'fold-mark')}<span>${l10n.t('Checkpoints')}</span>
      <span class="count">${formatCount(checkpoints.length)}</span>
    </summary>
    <ul class="fold-content">
      ${listed.map((checkpoint, at) => checkpointRow(checkpoint, listed[at - 1], actions))}
    </ul>
    ${left > 0 ? html`<p class="muted">${left === 1 ? l10n.t('1 earlier one not listed') : l10n.t('{0} earlier ones not listed', formatCount(left))}</p>` : nothing}
  </details>`;
}

function checkpointRow(
  { path, name, step }: RunCheckpoint,
  before: RunCheckpoint | undefined,
  actions: PageActions,
): TemplateResult {
  return html`<li>
    <button type="button" class="link" title=${path} @click=${() => actions.openCheckpoint(path)}>
      <bdi>${name}</bdi>
    </button>
    <span class="muted">${stepWords(step)}</span>
    ${
      before && step !== null && before.step !== null
        ? html`<button
            type="button"
            class="link compare-before"
            title=${l10n.t('What changed since {0}', before.name)}
            aria-label=${l10n.t('Compare {0} with {1}', name, before.name)}
            @click=${() => actions.compareCheckpoints(before.path, path)}
          >
            ${icon('diff')}
          </button>`
        : nothing
    }
  </li>`;
}

/** The way from a finding to what it did to the weights. */
export function checkpointsOfFinding(
  finding: ReportedFinding,
  checkpoints: readonly RunCheckpoint[],
  actions: PageActions,
): TemplateResult | typeof nothing {
  const pair = checkpointsAround(finding, checkpoints);
  return !pair
    ? nothing
    : html`<p class="around-finding">
        <button
          type="button"
          class="link"
          title=${l10n.t('{0} and {1}', pair.before.name, pair.after.name)}
          @click=${() => actions.compareCheckpoints(pair.before.path, pair.after.path)}
        >
          ${icon('diff')}${l10n.t('Compare the checkpoints before and after')}
        </button>
        <span class="muted">${l10n.t('{0} and {1}', stepWords(pair.before.step), stepWords(pair.after.step))}</span>
      </p>`;
}
