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
  return html`<div class="chart-toolbar" role="toolbar" aria-label="Charts">
    <label id="axis-label" for="axis">x axis</label>
    <vscode-single-select
      id="axis"
      label="Horizontal axis"
      aria-label="Horizontal axis"
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
      <vscode-toolbar-button icon="zoom-in" label="Zoom in" title="Zoom in (+)" @click=${actions.zoomIn}>
      </vscode-toolbar-button>
      <vscode-toolbar-button icon="zoom-out" label="Zoom out" title="Zoom out (−)" @click=${actions.zoomOut}>
      </vscode-toolbar-button>
      ${
        zoomedTo === undefined
          ? nothing
          : html`<button type="button" class="link" title="Show everything (0)" @click=${actions.resetZoom}>
              Show everything
            </button>`
      }
      ${
        model.live && !model.follows
          ? html`<button type="button" class="link" title="Follow the newest step (End)" @click=${actions.follow}>
              Follow
            </button>`
          : nothing
      }
    </span>
    <span class="in-view" role="status"
      >${zoomedTo ?? ''}${zoomedTo !== undefined && model.live && model.follows ? ', following' : ''}</span
    >
    <span class="choosers">
      ${compared.map((run) => comparedChip(run, actions))}
      ${comparable.length > 0 ? keyed(comparable.map(({ id }) => id).join(), runChooser(comparable, actions)) : nothing}
      ${undrawn.length > 0 ? keyed(undrawn.length, signalChooser(undrawn, actions)) : nothing}
    </span>
  </div>`;
}

function logarithmicToggle({ axis, logarithmicX }: ToolbarModel, actions: PageActions): TemplateResult {
  const isPossible = axis !== 'wall-time';
  return html`<button
    type="button"
    class="toggle"
    aria-pressed=${logarithmicX && isPossible ? 'true' : 'false'}
    ?disabled=${!isPossible}
    title=${isPossible ? 'Logarithmic horizontal axis (X)' : 'Times of day have no logarithm'}
    aria-label="log x: logarithmic horizontal axis"
    @click=${() => actions.toggleLogarithmicX()}
  >
    log x
  </button>`;
}

/** Off unless it is asked for, and never without what was logged beneath it. */
function smoothingTool({ smoothing }: ToolbarModel, actions: PageActions): TemplateResult {
  const words = smoothing === 0 ? 'off' : smoothing.toFixed(2);
  return html`<label
    class="smoothing"
    title="Draws a moving average over the values, which stay visible. Exported tables hold the values as logged."
    >Smoothing
    <input
      type="range"
      min="0"
      max=${STRONGEST_SMOOTHING}
      step="0.01"
      aria-label="Smoothing"
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
      label=${`Stop comparing with ${name}`}
      title="Stop comparing"
      @click=${() => actions.stopComparing(id)}
    ></vscode-toolbar-button
  ></span>`;
}

function runChooser(runs: readonly ComparableRun[], actions: PageActions): TemplateResult {
  return html`<vscode-single-select
    class="compare-with"
    combobox
    label="Compare with another run"
    aria-label="Compare with another run"
    .value=${''}
    @change=${(event: Event) => {
      const select = event.target as HTMLElement & { value: string };
      if (select.value) {
        actions.compareWith(select.value);
      }
    }}
  >
    <vscode-option value="" selected>Compare with…</vscode-option>
    ${runs.map(({ id, name }) => html`<vscode-option value=${id}>${name}</vscode-option>`)}
  </vscode-single-select>`;
}

/** Made anew for each list of signals: the component would go on showing what was chosen from the former one. */
function signalChooser(undrawn: readonly ReportedSignal[], actions: PageActions): TemplateResult {
  return html`<vscode-single-select
    class="add-chart"
    combobox
    label="Add a chart"
    aria-label="Add a chart"
    .value=${''}
    @change=${(event: Event) => {
      const select = event.target as HTMLElement & { value: string };
      if (select.value) {
        actions.addSignal(select.value);
      }
    }}
  >
    <vscode-option value="" selected>Add a chart…</vscode-option>
    ${undrawn
      .slice(0, CHOICES_SHOWN)
      .map((signal) => html`<vscode-option value=${signalKey(signal)}>${signalKey(signal)}</vscode-option>`)}
  </vscode-single-select>`;
}
