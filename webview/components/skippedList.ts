import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { RunReport } from '../../src/contract/report.js';
import type { SkippedKind } from '../../src/model/record.js';
import { formatCount } from '../format/numbers.js';
import { plural } from '../format/words.js';

type Skipped = RunReport['skipped'];

/** More names of one kind than this are counted, not listed. */
const NAMES_SHOWN = 50;

const KIND_WORDS: Readonly<Record<SkippedKind, readonly [singular: string, plural: string]>> = {
  histogram: ['histogram', 'histograms'],
  image: ['image', 'images'],
  audio: ['sound', 'sounds'],
  text: ['text', 'texts'],
  tensor: ['tensor', 'tensors'],
  graph: ['graph', 'graphs'],
  table: ['table', 'tables'],
  other: ['other record', 'other records'],
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
  return html`<strong>${plural(total, ...KIND_WORDS[kind])}</strong>
    <ul>
      ${named
        .slice(0, NAMES_SHOWN)
        .map(({ tag, count }) => html`<li><span class="tag">${tag}</span> <small>${formatCount(count)} ×</small></li>`)}
      ${more > 0 ? html`<li class="muted">and ${plural(more, 'more name')}</li>` : ''}
    </ul>`;
}
