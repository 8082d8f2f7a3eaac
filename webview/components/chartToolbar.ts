import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { ComparableRun } from '../../src/contract/panelProtocol.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { StepScaleUnit } from '../charts/stepScale.js';
import { signalKey } from '../charts/chartPlan.js';
import { STRONGEST_SMOOTHING } from '../charts/smoothing.js';
import { formatFixed } from '../format/numbers.js';
import { AXIS_WORDS } from '../format/words.js';
import type { PageActions } from './pageActions.js';

/** A list longer than this is searched, not scrolled. */
const CHOICES_SHOWN = 500;

export interface ToolbarModel {
  readonly axis: HorizontalAxis | StepScaleUnit;
  readonly axes: readonly (HorizontalAxis | StepScaleUnit)[];
  readonly logarithmicX: boolean;
  readonly smoothing: number;
  readonly live: boolean;
  /** Whether the newest step is in view. */
  readonly follows: boolean;
  /** The stretch in view in words; undefined when everything is. */
  readonly zoomedTo: string | undefined;
  readonly undrawn: readonly ReportedSignal[];
  /** Runs that can still be compared with. */
  readonly comparable: readonly ComparableRun[];
  readonly compared: readonly ComparableRun[];
}

/** What is set for all charts at once. */
export function chartToolbar(model: ToolbarModel, actions: PageActions): TemplateResult {
  const { axis, axes, zoomedTo, undrawn, comparable, compared } = model;
  return html`<div class="chart-toolbar" role="toolbar" aria-label=${l10n.t('Charts')}>
    <label id="axis-label" for="axis">${l10n.t('x axis')}</label>
    <vscode-single-select
      id="axis"
      label=${l10n.t('Horizontal axis')}
      aria-label=${l10n.t('Horizontal axis')}
      .value=${axis}
      @change=${(event: Event) => {
        actions.setAxis((event.target as HTMLElement & { value: ToolbarModel['axis'] }).value);
      }}
    >
      ${axes.map(
        (each) => html`<vscode-option value=${each} ?selected=${each === axis}>${AXIS_WORDS[each]}</vscode-option>`,
      )}
    </vscode-single-select>
    ${logarithmicToggle(model, actions)} ${smoothingTool(model, actions)}
    <span class="zoom-tools">
      <vscode-toolbar-button
        icon="zoom-in"
        label=${l10n.t('Zoom in')}
        title=${l10n.t('Zoom in (+)')}
        @click=${actions.zoomIn}
      >
      </vscode-toolbar-button>
      <vscode-toolbar-button
        icon="zoom-out"
        label=${l10n.t('Zoom out')}
        title=${l10n.t('Zoom out (−)')}
        @click=${actions.zoomOut}
      >
      </vscode-toolbar-button>
      ${
        zoomedTo === undefined
          ? nothing
          : html`<button type="button" class="link" title=${l10n.t('Show everything (0)')} @click=${actions.resetZoom}>
              ${l10n.t('Show everything')}
            </button>`
      }
      ${
        model.live && !model.follows
          ? html`<button
              type="button"
              class="link"
              title=${l10n.t('Follow the newest step (End)')}
              @click=${actions.follow}
            >
              ${l10n.t('Follow')}
            </button>`
          : nothing
      }
    </span>
    <span class="in-view" role="status">${inViewWords(model)}</span>
    <span class="choosers">
      ${compared.map((run) => comparedChip(run, actions))}
      ${comparable.length > 0 ? keyed(comparable.map(({ id }) => id).join(), runChooser(comparable, actions)) : nothing}
      ${undrawn.length > 0 ? keyed(undrawn.length, signalChooser(undrawn, actions)) : nothing}
    </span>
  </div>`;
}

function inViewWords({ zoomedTo, live, follows }: ToolbarModel): string {
  return zoomedTo !== undefined && live && follows ? l10n.t('{0}, following', zoomedTo) : (zoomedTo ?? '');
}

function logarithmicToggle({ axis, logarithmicX }: ToolbarModel, actions: PageActions): TemplateResult {
  const isPossible = axis !== 'wall-time';
  return html`<button
    type="button"
    class="toggle"
    aria-pressed=${logarithmicX && isPossible ? 'true' : 'false'}
    ?disabled=${!isPossible}
    title=${isPossible ? l10n.t('Logarithmic horizontal axis (X)') : l10n.t('Times of day have no logarithm')}
    aria-label=${l10n.t('log x: logarithmic horizontal axis')}
    @click=${() => actions.toggleLogarithmicX()}
  >
    ${l10n.t('log x')}
  </button>`;
}

/** Off unless it is asked for, and never without what was logged beneath it. */
function smoothingTool({ smoothing }: ToolbarModel, actions: PageActions): TemplateResult {
  const words = smoothing === 0 ? l10n.t('off') : formatFixed(smoothing, 2);
  return html`<label
    class="smoothing"
    title=${l10n.t('Draws a moving average over the values, which stay visible. Exported tables hold the values as logged.')}
    >${l10n.t('Smoothing')}
    <input
      type="range"
      min="0"
      max=${STRONGEST_SMOOTHING}
      step="0.01"
      aria-label=${l10n.t('Smoothing')}
      aria-valuetext=${words}
      .value=${String(smoothing)}
      @input=${(event: Event) => {
        actions.setSmoothing((event.target as HTMLInputElement).valueAsNumber);
      }}
    /><output>${words}</output></label
  >`;
}

function comparedChip({ id, name }: ComparableRun, actions: PageActions): TemplateResult {
  return html`<span class="chip"
    ><span class="chip-name" title=${name}>${name}</span
    ><vscode-toolbar-button
      icon="close"
      label=${l10n.t('Stop comparing with {0}', name)}
      title=${l10n.t('Stop comparing')}
      @click=${() => actions.stopComparing(id)}
    ></vscode-toolbar-button
  ></span>`;
}

function runChooser(runs: readonly ComparableRun[], actions: PageActions): TemplateResult {
  return html`<vscode-single-select
    class="compare-with"
    combobox
    label=${l10n.t('Compare with another run')}
    aria-label=${l10n.t('Compare with another run')}
    .value=${''}
    @change=${(event: Event) => {
      const select = event.target as HTMLElement & { value: string };
      if (select.value) {
        actions.compareWith(select.value);
      }
    }}
  >
    <vscode-option value="" selected>${l10n.t('Compare with…')}</vscode-option>
    ${runs.map(({ id, name }) => html`<vscode-option value=${id}>${name}</vscode-option>`)}
  </vscode-single-select>`;
}

/** Made anew for each list of signals: the component would go on showing what was chosen from the former one. */
function signalChooser(undrawn: readonly ReportedSignal[], actions: PageActions): TemplateResult {
  return html`<vscode-single-select
    class="add-chart"
    combobox
    label=${l10n.t('Add a chart')}
    aria-label=${l10n.t('Add a chart')}
    .value=${''}
    @change=${(event: Event) => {
      const select = event.target as HTMLElement & { value: string };
      if (select.value) {
        actions.addSignal(select.value);
      }
    }}
  >
    <vscode-option value="" selected>${l10n.t('Add a chart…')}</vscode-option>
    ${undrawn
      .slice(0, CHOICES_SHOWN)
      .map((signal) => html`<vscode-option value=${signalKey(signal)}>${signalKey(signal)}</vscode-option>`)}
  </vscode-single-select>`;
}
