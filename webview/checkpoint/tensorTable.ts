import * as l10n from '@vscode/l10n';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { icon } from '../components/icon.js';
import type { Column, SortOrder } from './columns.js';
import type { Row } from './tensorTree.js';

/** Pixels; the style sheet has the same. */
export const ROW_HEIGHT = 24;
/** Rows drawn beyond either edge, so that scrolling meets no gap. */
const OVERSCAN = 12;

export interface TableModel<Tensor> {
  readonly rows: readonly Row[];
  readonly tensors: readonly Tensor[];
  readonly columns: readonly Column<Tensor>[];
  readonly sort: SortOrder | undefined;
  /** Of the row that the keyboard is on. */
  readonly active: number;
  /** Pixels that are scrolled away, and that are in view. */
  readonly top: number;
  readonly height: number;
  /** What stands in front of the numbers: shape, type, a picture. */
  readonly lead: (tensor: Tensor) => TemplateResult;
  /** Number of cells that `lead` makes. */
  readonly leadTitles: readonly string[];
  readonly isMarked: (index: number) => boolean;
}

export interface TableActions {
  activate(row: number): void;
  toggle(row: number): void;
  sortBy(column: string | undefined): void;
  scrolled(top: number, height: number): void;
  key(event: KeyboardEvent): void;
}

/** A tree of modules with the numbers of their tensors, of which only the rows in view are in the document. */
export function tensorTable<Tensor extends { readonly name: string }>(
  model: TableModel<Tensor>,
  actions: TableActions,
): TemplateResult {
  const { rows, columns, sort, active, top, height, leadTitles } = model;
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT) + OVERSCAN);
  return html`<div
    class="tensors"
    role="treegrid"
    aria-label=${l10n.t('Tensors')}
    aria-rowcount=${rows.length + 1}
    aria-activedescendant=${rows.length > 0 ? `row-${String(active)}` : nothing}
    tabindex="0"
    @keydown=${(event: KeyboardEvent) => actions.key(event)}
    @scroll=${(event: Event) => {
      const { scrollTop, clientHeight } = event.currentTarget as HTMLElement;
      actions.scrolled(scrollTop, clientHeight);
    }}
  >
    <div class="tensor-head" role="row" aria-rowindex="1">
      <span class="cell name" role="columnheader">
        <button
          type="button"
          tabindex="-1"
          title=${l10n.t('In the order of the modules')}
          @click=${() => actions.sortBy(undefined)}
        >
          ${l10n.t('Name')}
        </button>
      </span>
      ${leadTitles.map((title) => html`<span class="cell lead" role="columnheader">${title}</span>`)}
      ${columns.map(
        ({ id, title, meaning }) =>
          html`<span
            class="cell number"
            role="columnheader"
            aria-sort=${sort?.column === id ? (sort.descending ? 'descending' : 'ascending') : 'none'}
          >
            <button type="button" tabindex="-1" title=${meaning} @click=${() => actions.sortBy(id)}>
              ${title}${sort?.column === id ? icon(sort.descending ? 'arrow-down' : 'arrow-up') : nothing}
            </button>
          </span>`,
      )}
    </div>
    <div class="tensor-rows" role="presentation" .style=${`height:${String(rows.length * ROW_HEIGHT)}px`}>
      ${rows.slice(first, last).map((row, at) => tableRow(row, first + at, model, actions))}
    </div>
  </div>`;
}

function tableRow<Tensor extends { readonly name: string }>(
  row: Row,
  at: number,
  { tensors, columns, active, lead, leadTitles, isMarked }: TableModel<Tensor>,
  actions: TableActions,
): TemplateResult {
  const style = `top:${at * ROW_HEIGHT}px`;
  const classes = `tensor-row ${row.kind} ${at === active ? 'active' : ''}`;
  if (row.kind === 'module') {
    const { node, open } = row;
    const size = columns.find(({ id }) => id === 'bytes');
    return html`<div
      id="row-${at}"
      class=${classes}
      .style=${style}
      role="row"
      aria-level=${node.depth + 1}
      aria-expanded=${open ? 'true' : 'false'}
      aria-selected=${at === active ? 'true' : 'false'}
      aria-rowindex=${at + 2}
      @click=${() => actions.toggle(at)}
    >
      <span
        class="cell name"
        role="gridcell"
        .style=${`padding-left:${String(indent(node.depth))}px`}
        title=${node.path}
      >
        ${icon(open ? 'chevron-down' : 'chevron-right')}<bdi>${node.name}</bdi>
      </span>
      ${leadTitles.map(() => html`<span class="cell lead" role="gridcell"></span>`)}
      ${columns.map(
        ({ id }) =>
          html`<span class="cell number muted" role="gridcell"
            >${id === 'bytes' && size ? size.text(node.bytes) : ''}</span
          >`,
      )}
    </div>`;
  }
  const tensor = tensors[row.index] as Tensor;
  return html`<div
    id="row-${at}"
    class="${classes} ${isMarked(row.index) ? 'marked' : ''}"
    .style=${style}
    role="row"
    aria-level=${row.depth + 1}
    aria-selected=${at === active ? 'true' : 'false'}
    aria-rowindex=${at + 2}
    @click=${() => actions.activate(at)}
  >
    <span
      class="cell name"
      role="gridcell"
      .style=${`padding-left:${String(indent(row.depth) + 20)}px`}
      title=${tensor.name}
    >
      <bdi>${row.label}</bdi>
    </span>
    ${lead(tensor)}
    ${columns.map((column) => {
      const value = column.value(tensor);
      return html`<span class="cell number" role="gridcell">${value === undefined ? '' : column.text(value)}</span>`;
    })}
  </div>`;
}

function indent(depth: number): number {
  return 6 + depth * 14;
}
