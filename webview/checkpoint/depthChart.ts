import * as l10n from '@vscode/l10n';
import { html, nothing, svg } from 'lit';
import type { TemplateResult } from 'lit';
import { formatValue } from '../format/numbers.js';
import type { DepthProfile } from './depthProfile.js';

/** Profiles that are drawn; more lines can't be told apart. */
const MOST_PROFILES = 5;
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [560, 150, 44, 18];

/** Root mean squares of the weights over the depth of the model, on a logarithmic scale. */
export function depthChart(
  profiles: readonly DepthProfile[],
  show: (index: number) => void,
): TemplateResult | typeof nothing {
  const drawn = profiles.slice(0, MOST_PROFILES);
  const values = drawn
    .flatMap(({ points }) => points.map(({ rms }) => rms))
    .filter((rms) => Number.isFinite(rms) && rms > 0);
  if (values.length === 0) {
    return nothing;
  }
  const layers = drawn.flatMap(({ points }) => points.map(({ layer }) => layer));
  const [low, high] = [Math.log(Math.min(...values)) - 0.05, Math.log(Math.max(...values)) + 0.05];
  const deepest = Math.max(...layers);
  const x = (layer: number): number => LEFT + (layer / Math.max(1, deepest)) * (WIDTH - LEFT - 8);
  const y = (rms: number): number => 6 + ((high - Math.log(rms)) / (high - low)) * (HEIGHT - BOTTOM - 10);
  return html`<details class="depth" open>
    <summary>${l10n.t('Weights over depth')}</summary>
    <div class="depth-body">
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        role="img"
        aria-label=${l10n.t('Root mean square of weights by layer; the table holds the numbers')}
      >
        <text x=${LEFT - 4} y=${y(Math.exp(high - 0.05)) + 4} text-anchor="end">
          ${formatValue(Math.exp(high - 0.05), 2)}
        </text>
        <text x=${LEFT - 4} y=${y(Math.exp(low + 0.05)) + 2} text-anchor="end">
          ${formatValue(Math.exp(low + 0.05), 2)}
        </text>
        <text x=${LEFT} y=${HEIGHT - 4}>${l10n.t('layer {0}', 0)}</text>
        <text x=${WIDTH - 8} y=${HEIGHT - 4} text-anchor="end">${deepest}</text>
        ${drawn.map((profile, at) => curve(profile, at, x, y, show))}
      </svg>
      <ul class="depth-legend">
        ${drawn.map(({ pattern }, at) => html`<li class="series-${at}"><span class="swatch"></span><bdi>${pattern}</bdi></li>`)}
        ${profiles.length > MOST_PROFILES ? html`<li class="muted">${l10n.t('and {0} that vary less', profiles.length - MOST_PROFILES)}</li>` : nothing}
      </ul>
    </div>
  </details>`;
}

function curve(
  { pattern, points }: DepthProfile,
  at: number,
  x: (layer: number) => number,
  y: (rms: number) => number,
  show: (index: number) => void,
): TemplateResult {
  const visible = points.filter(({ rms }) => Number.isFinite(rms) && rms > 0);
  return svg`<g class="series-${at}">
    <polyline points=${visible.map(({ layer, rms }) => `${x(layer)},${y(rms)}`).join(' ')}></polyline>
    ${visible.map(
      ({ layer, rms, index }) =>
        svg`<circle cx=${x(layer)} cy=${y(rms)} r="3" @click=${() => show(index)}><title>${pattern.replace('*', String(layer))}: ${formatValue(rms)}</title></circle>`,
    )}
  </g>`;
}
