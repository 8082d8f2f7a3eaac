import * as l10n from '@vscode/l10n';
import { html, nothing, svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isTrialOver } from '../../src/contract/labProtocol.js';
import type { LabTrial, TrialArm } from '../../src/contract/labProtocol.js';
import { icon } from '../components/icon.js';
import { forestScale, type ForestScale } from './forest.js';
import { seedMarks } from './seedMarks.js';
import type { TrialActions } from './trialActions.js';
import { byPromise, effectWords, VERDICT_MARKS } from './trialWords.js';

/** Size of the picture of an interval, in pixels of its own. */
const FOREST = { width: 160, height: 20 };

/** The second step: every fix with its seeds, what it did, and how sure that is. */
export function armTable(trial: LabTrial, trusted: boolean, actions: TrialActions): TemplateResult | typeof nothing {
  const fixes = trial.arms.filter(({ fix }) => fix !== null);
  if (fixes.length === 0 || trial.stage === 'not-reproduced') {
    return nothing;
  }
  const shown = isTrialOver(trial.stage) ? byPromise(fixes) : fixes;
  const scale = forestScale(fixes.flatMap(({ verdict }) => verdict ?? []));
  const { measure } = trial;
  return html`<section class="trial-part">
    <h2 class="pane-title">${l10n.t('2 · What do the fixes do?')}</h2>
    <table class="arms">
      <caption class="visually-hidden">
        ${l10n.t('Effect of each fix')}
      </caption>
      <thead>
        <tr>
          <th scope="col">${l10n.t('Fix')}</th>
          <th scope="col">${l10n.t('Seeds')}</th>
          <th scope="col">${l10n.t('Verdict')}</th>
          <th scope="col" class="forest-head">
            ${
              measure === null
                ? l10n.t('Effect')
                : html`<span title=${measure.title}>${l10n.t('Effect, {0}', measure.unit)}</span>
                    <small>${measure.better === 'lower' ? l10n.t('← better') : l10n.t('better →')}</small>`
            }
          </th>
          <th scope="col"><span class="visually-hidden">${l10n.t('What to do')}</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          shown,
          ({ label }) => label,
          (arm) => armRow(arm, arm === shown[0], { trial, scale, trusted }, actions),
        )}
      </tbody>
    </table>
  </section>`;
}

interface RowContext {
  readonly trial: LabTrial;
  readonly scale: ForestScale | undefined;
  readonly trusted: boolean;
}

function armRow(
  arm: TrialArm,
  isFirst: boolean,
  { trial, scale, trusted }: RowContext,
  actions: TrialActions,
): TemplateResult {
  const { verdict, title, fix } = arm;
  const better = trial.measure?.better ?? 'lower';
  const helps = verdict?.verdict === 'helps';
  return html`<tr data-arm=${arm.label} class=${verdict ? `verdict-row-${verdict.verdict}` : ''}>
    <th scope="row">${title} ${verdict?.note == null ? nothing : html`<p class="note">${verdict.note}</p>`}</th>
    <td class="seeds">${seedMarks(arm)}</td>
    <td>
      ${verdict ? verdictMark(verdict.verdict) : html`<span class="muted">${isTrialOver(trial.stage) ? l10n.t('not tried') : '…'}</span>`}
    </td>
    <td class="effect">
      ${verdict && scale ? forest(verdict, scale, better) : nothing}
      <span class="effect-size">${verdict ? effectWords(verdict) : ''}</span>
    </td>
    <td class="row-tools">
      ${
        helps && fix !== null
          ? html`<vscode-button
              ?secondary=${!isFirst}
              ?disabled=${!trusted}
              title=${trusted ? l10n.t('The change is shown before it is made') : l10n.t('This workspace is in Restricted Mode')}
              data-fix=${fix}
              @click=${() => {
                if (trusted) {
                  actions.applyFix(fix);
                }
              }}
              >${l10n.t('Show fix…')}</vscode-button
            >`
          : nothing
      }
    </td>
  </tr>`;
}

function verdictMark(verdict: keyof typeof VERDICT_MARKS): TemplateResult {
  const { icon: name, word } = VERDICT_MARKS[verdict];
  return html`<span class="arm-verdict arm-verdict-${verdict}">${icon(name)}${word}</span>`;
}

/** The interval on the axis that all fixes of the trial share: a line at no effect, the side of what is better shaded. */
function forest(
  { verdict, effect, interval }: NonNullable<TrialArm['verdict']>,
  { place }: ForestScale,
  better: 'lower' | 'higher',
): TemplateResult | typeof nothing {
  if (effect === null) {
    return nothing;
  }
  const x = (value: number): number => place(value) * FOREST.width;
  const [zero, middle, at] = [x(0), FOREST.height / 2, x(effect)];
  const shaded = better === 'lower' ? { x: 0, width: zero } : { x: zero, width: FOREST.width - zero };
  return html`<svg
    class="forest forest-${verdict}"
    viewBox="0 0 ${FOREST.width} ${FOREST.height}"
    width=${FOREST.width}
    height=${FOREST.height}
    aria-hidden="true"
  >
    ${svg`<rect class="forest-better" x=${shaded.x} y="0" width=${shaded.width} height=${FOREST.height}></rect>
    <line class="forest-zero" x1=${zero} x2=${zero} y1="0" y2=${FOREST.height}></line>
    ${interval === null ? nothing : whiskers(x(interval[0]), x(interval[1]), middle)}
    <circle class="forest-effect" cx=${at} cy=${middle} r="4"></circle>`}
  </svg>`;
}

function whiskers(from: number, to: number, middle: number): SVGTemplateResult {
  return svg`<path class="forest-interval" d=${`M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8`}></path>`;
}
