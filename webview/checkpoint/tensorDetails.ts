import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { LineStatistics, TensorStatistics, TensorSummary } from '../../src/model/tensor.js';
import { formatBytes } from '../format/bytes.js';
import { formatCount, formatPercent, formatValue } from '../format/numbers.js';
import { barsOf, sparkline } from './histogram.js';

export interface DetailActions {
  copy(text: string): void;
  close(): void;
  show(tensor: string): void;
}

/** Everything that is known of one tensor, and the optimizer's state beside its weight. */
export function tensorDetails(
  tensor: TensorSummary,
  related: readonly TensorSummary[],
  actions: DetailActions,
): TemplateResult {
  const { name, dtype, shape, role, bytes, stats, noStats } = tensor;
  return html`<aside class="details" aria-label=${l10n.t('The chosen tensor')}>
    <div class="details-title">
      <h2 title=${name}><bdi>${name}</bdi></h2>
      <vscode-toolbar-button
        icon="copy"
        label=${l10n.t('Copy the name')}
        title=${l10n.t('Copy the name')}
        @click=${() => actions.copy(name)}
      >
      </vscode-toolbar-button>
      <vscode-toolbar-button
        icon="json"
        label=${l10n.t('Copy the numbers')}
        title=${l10n.t('Copy the numbers as JSON')}
        @click=${() => actions.copy(asJson(tensor))}
      ></vscode-toolbar-button>
      <vscode-toolbar-button
        icon="close"
        label=${l10n.t('Close')}
        title=${l10n.t('Close (Escape)')}
        @click=${() => actions.close()}
      >
      </vscode-toolbar-button>
    </div>
    <p class="muted">${role} · ${dtype} · ${shapeText(shape)} · ${formatBytes(bytes)}</p>
    ${
      stats
        ? statistics(stats)
        : html`<p class="hint">
            ${noStats === undefined ? l10n.t('Not read yet.') : l10n.t('No statistics: {0}', noStats)}
          </p>`
    }
    ${related.length > 0 ? relatedTensors(related, actions) : nothing}
  </aside>`;
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? l10n.t('scalar') : shape.map((length) => formatCount(length)).join(' × ');
}

function statistics(stats: TensorStatistics): TemplateResult {
  const bars = barsOf(stats.histogram, stats.zeros);
  const share = (part: number): string =>
    part === 0 ? '0' : `${formatCount(part)} (${formatPercent(part / Math.max(1, stats.count))})`;
  const rows: [string, string][] = [
    [l10n.t('Elements'), formatCount(stats.count)],
    [l10n.t('Mean'), formatValue(stats.mean)],
    [l10n.t('Standard deviation'), formatValue(stats.std)],
    [l10n.t('Smallest, largest'), `${formatValue(stats.min)}, ${formatValue(stats.max)}`],
    [l10n.t('Norm'), formatValue(stats.l2)],
    [l10n.t('Zeros'), share(stats.zeros)],
    [l10n.t('NaN'), share(stats.nan)],
    [l10n.t('Infinite'), share(stats.inf)],
    ...lineRows(stats.rows, l10n.t('All-zero rows'), l10n.t('Largest row')),
    ...lineRows(stats.columns, l10n.t('All-zero columns'), l10n.t('Largest column')),
    ...(stats.spectrum
      ? ([
          [l10n.t('Largest singular value'), `≥ ${formatValue(stats.spectrum.largestSingularValue)}`],
          [l10n.t('Stable rank'), `≈ ${formatValue(stats.spectrum.stableRank, 3)}`],
        ] as [string, string][])
      : []),
  ];
  return html`<figure class="histogram" aria-label=${l10n.t('How the magnitudes of its elements are spread')}>
      ${sparkline(bars, 300, 72)}
      <figcaption class="muted">
        <span>${bars[0]?.label ?? ''}</span><span>0</span><span>${bars.at(-1)?.label ?? ''}</span>
      </figcaption>
    </figure>
    <dl class="numbers">
      ${rows.map(
        ([title, value]) =>
          html`<dt>${title}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>`;
}

function lineRows(lines: LineStatistics | undefined, deadTitle: string, largestTitle: string): [string, string][] {
  if (!lines) {
    return [];
  }
  const dead = lines.dead === 0 ? '0' : l10n.t('{0} of {1}', formatCount(lines.dead), formatCount(lines.count));
  return [
    [deadTitle, dead],
    [
      largestTitle,
      l10n.t(
        '{0} at {1}, median {2}',
        formatValue(lines.largestRms, 3),
        formatCount(lines.largestIndex),
        formatValue(lines.medianRms, 3),
      ),
    ],
  ];
}

function relatedTensors(related: readonly TensorSummary[], actions: DetailActions): TemplateResult {
  return html`<h3>${l10n.t('Of the same parameter')}</h3>
    <table class="related">
      <tr>
        <th>${l10n.t('State')}</th>
        <th>${l10n.t('Norm')}</th>
        <th>${l10n.t('Largest')}</th>
        <th>${l10n.t('Zeros')}</th>
      </tr>
      ${related.map(
        ({ name, role, stats }) =>
          html`<tr>
            <td>
              <button type="button" class="link" title=${name} @click=${() => actions.show(name)}>
                ${role.replace('optimizer/', '')}
              </button>
            </td>
            <td>${stats ? formatValue(stats.l2, 3) : ''}</td>
            <td>${stats ? formatValue(stats.absMax, 3) : ''}</td>
            <td>${stats && stats.count > 0 ? formatPercent(stats.zeros / stats.count) : ''}</td>
          </tr>`,
      )}
    </table>`;
}

/** JSON has no NaN and no infinities: their names stand for them. */
function asJson(tensor: TensorSummary): string {
  return JSON.stringify(
    tensor,
    (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  );
}
