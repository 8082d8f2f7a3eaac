import * as l10n from '@vscode/l10n';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { RunReport } from '../../src/contract/report.js';
import type { SkippedKind } from '../../src/model/record.js';
import { formatCount } from '../format/numbers.js';

type Skipped = RunReport['skipped'];

/** More names of one kind than this are counted, not listed. */
const NAMES_SHOWN = 50;

const KIND_WORDS: Readonly<Record<SkippedKind, readonly [one: string, several: (count: string) => string]>> = {
  histogram: [l10n.t('1 histogram'), (count) => l10n.t('{0} histograms', count)],
  image: [l10n.t('1 image'), (count) => l10n.t('{0} images', count)],
  audio: [l10n.t('1 sound'), (count) => l10n.t('{0} sounds', count)],
  text: [l10n.t('1 text'), (count) => l10n.t('{0} texts', count)],
  tensor: [l10n.t('1 tensor'), (count) => l10n.t('{0} tensors', count)],
  graph: [l10n.t('1 graph'), (count) => l10n.t('{0} graphs', count)],
  table: [l10n.t('1 table'), (count) => l10n.t('{0} tables', count)],
  other: [l10n.t('1 other record'), (count) => l10n.t('{0} other records', count)],
};

/** What the log holds besides numbers: counted and listed, kind by kind. */
export function skippedList(skipped: Skipped): TemplateResult {
  const kinds = new Map<SkippedKind, Skipped[number][]>();
  skipped.forEach((entry) => kinds.set(entry.kind, [...(kinds.get(entry.kind) ?? []), entry]));
  return html`<ul class="skipped">
    ${[...kinds].map(([kind, entries]) => html`<li>${oneKind(kind, entries)}</li>`)}
  </ul>`;
}

function oneKind(kind: SkippedKind, entries: readonly Skipped[number][]): TemplateResult {
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  const named = entries.filter(({ tag }) => tag !== '');
  const more = named.length - NAMES_SHOWN;
  const [one, several] = KIND_WORDS[kind];
  return html`<strong>${total === 1 ? one : several(formatCount(total))}</strong>
    <ul>
      ${named
        .slice(0, NAMES_SHOWN)
        .map(({ tag, count }) => html`<li><span class="tag">${tag}</span> <small>${formatCount(count)} ×</small></li>`)}
      ${more > 0 ? html`<li class="muted">${more === 1 ? l10n.t('and 1 more name') : l10n.t('and {0} more names', formatCount(more))}</li>` : ''}
    </ul>`;
}
