import * as l10n from '@vscode/l10n';
import { html, nothing, render } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type {
  DescribedCheckpoint,
  FromCheckpointPage,
  ToCheckpointPage,
} from '../../src/contract/checkpointProtocol.js';
import type { Finding } from '../../src/model/finding.js';
import type { Problem } from '../../src/model/problem.js';
import type { ComparisonReport, TensorComparison, TensorSummary } from '../../src/model/tensor.js';
import { icon } from '../components/icon.js';
import { formatBytes } from '../format/bytes.js';
import { formatCount } from '../format/numbers.js';
import { tensorCount } from '../format/words.js';
import { CHANGE_COLUMNS, filtered, sorted, STATISTICS_COLUMNS } from './columns.js';
import type { Column, SortOrder } from './columns.js';
import { depthChart } from './depthChart.js';
import { depthProfiles } from './depthProfile.js';
import type { DepthProfile } from './depthProfile.js';
import { checkpointFindings } from './findings.js';
import { barsOf, sparkline } from './histogram.js';
import { shapeText, tensorDetails } from './tensorDetails.js';
import { ROW_HEIGHT, tensorTable } from './tensorTable.js';
import type { TableActions } from './tensorTable.js';
import { elementsOf, modulePaths, moduleTree, treeRows } from './tensorTree.js';
import type { Row } from './tensorTree.js';

/** The editor as this page sees it. */
export interface CheckpointHost {
  post(message: FromCheckpointPage): void;
  onMessage(listener: (message: ToCheckpointPage) => void): void;
}

/** A tree with fewer tensors opens with all of its modules open. */
const FEW_TENSORS = 60;

/** The page of one checkpoint, or of what became of one in another. */
export class CheckpointPage {
  private readonly app: HTMLElement;
  private readonly host: CheckpointHost;
  private checkpoint: DescribedCheckpoint | undefined;
  private comparison: ComparisonReport | undefined;
  private tensors: TensorSummary[] = [];
  private bytesRead = 0;
  /** Made once all tensors are read: drawing must not look at all of them. */
  private profiles: readonly DepthProfile[] = [];
  /** Elements of all weights. */
  private weights = 0;
  private hasMomentum = false;
  private findings: readonly Finding[] | undefined;
  private problems: readonly Problem[] = [];
  private failure: string | undefined;
  private search = '';
  private sort: SortOrder | undefined;
  private readonly opened = new Set<string>();
  private rows: readonly Row[] = [];
  /** Tensors among the rows. */
  private found = 0;
  private active = 0;
  private chosen: string | undefined;
  private top = 0;
  private height = 600;
  private isDue = false;

  constructor(app: HTMLElement, host: CheckpointHost) {
    this.app = app;
    this.host = host;
  }

  start(): void {
    this.host.onMessage((message) => this.receive(message));
    window.addEventListener('resize', () => this.draw());
    this.draw();
    this.host.post({ type: 'ready' });
  }

  private receive(message: ToCheckpointPage): void {
    switch (message.type) {
      case 'restart':
        this.bytesRead = 0;
        this.findings = undefined;
        this.failure = undefined;
        break;
      case 'described':
        this.checkpoint = message.checkpoint;
        this.tensors = [...message.checkpoint.tensors];
        this.weights = this.tensors.reduce((sum, one) => sum + (one.role === 'weight' ? elementsOf(one) : 0), 0);
        this.hasMomentum = this.tensors.some(({ role }) => role.startsWith('optimizer/'));
        this.profiles = [];
        this.openFirst(this.tensors);
        this.arrange();
        break;
      case 'read':
        message.progress.tensors.forEach((tensor, at) => (this.tensors[message.progress.from + at] = tensor));
        this.bytesRead = message.progress.bytes;
        break;
      case 'judged':
        this.findings = message.findings;
        this.profiles = depthProfiles(this.tensors);
        this.problems = message.problems;
        this.arrange();
        break;
      case 'compared':
        this.comparison = message.report;
        this.findings = message.report.findings;
        this.problems = message.report.problems;
        this.sort ??= { column: 'relative', descending: true };
        this.arrange();
        break;
      case 'failed':
        this.failure = message.message;
        break;
    }
    this.draw();
  }

  /** What a person sees first: everything of a small model, the first level of a large one. */
  private openFirst(tensors: readonly TensorSummary[]): void {
    if (this.opened.size > 0) {
      return;
    }
    const tree = moduleTree(tensors, [...tensors.keys()]);
    const paths = tensors.length <= FEW_TENSORS ? modulePaths(tree) : tree.modules.map(({ path }) => path);
    paths.forEach((path) => this.opened.add(path));
  }

  private get shown(): readonly (TensorSummary | TensorComparison)[] {
    return this.comparison?.tensors ?? this.tensors;
  }

  private get columns(): readonly Column<never>[] {
    return this.comparison ? CHANGE_COLUMNS : STATISTICS_COLUMNS;
  }

  /** The rows anew: a flat list where they are sorted, the modules otherwise. */
  private arrange(): void {
    const found = filtered(this.shown, this.search);
    const column = this.columns.find(({ id }) => id === this.sort?.column);
    this.rows =
      column && this.sort
        ? sorted(this.shown as readonly never[], found, column, this.sort.descending).map((index) => ({
            kind: 'tensor' as const,
            index,
            label: this.shown[index]?.name ?? '',
            depth: 0,
          }))
        : treeRows(moduleTree(this.shown, found), (path) => this.search !== '' || this.opened.has(path));
    this.found = this.rows.filter(({ kind }) => kind === 'tensor').length;
    this.active = Math.max(0, Math.min(this.active, this.rows.length - 1));
  }

  private readonly actions: TableActions = {
    activate: (row) => {
      const target = this.rows[row];
      this.active = row;
      this.chosen = target?.kind === 'tensor' ? this.shown[target.index]?.name : this.chosen;
      this.draw();
    },
    toggle: (row) => {
      this.active = row;
      this.setOpen(row);
    },
    sortBy: (column) => {
      const isSame = this.sort?.column === column;
      this.sort =
        column === undefined ? undefined : { column, descending: isSame ? !(this.sort?.descending ?? false) : true };
      this.arrange();
      this.draw();
    },
    scrolled: (top, height) => {
      this.top = top;
      this.height = height;
      this.draw();
    },
    key: (event) => this.key(event),
  };

  private setOpen(row: number, open?: boolean): void {
    const target = this.rows[row];
    if (target?.kind !== 'module') {
      return;
    }
    const { path } = target.node;
    if (open ?? !target.open) {
      this.opened.add(path);
    } else {
      this.opened.delete(path);
    }
    this.arrange();
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.height / ROW_HEIGHT) - 2);
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const { key } = event;
    if (key in moves) {
      this.moveTo(this.active + (moves[key] ?? 0));
    } else if (key === 'Home' || key === 'End') {
      this.moveTo(key === 'Home' ? 0 : this.rows.length - 1);
    } else if (key === 'ArrowRight' || key === 'ArrowLeft') {
      this.setOpen(this.active, key === 'ArrowRight');
    } else if (key === 'Enter' || key === ' ') {
      const isModule = this.rows[this.active]?.kind === 'module';
      if (isModule) {
        this.actions.toggle(this.active);
      } else {
        this.actions.activate(this.active);
      }
    } else if (key === 'Escape') {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
  }

  private moveTo(row: number): void {
    this.active = Math.max(0, Math.min(row, this.rows.length - 1));
    if (this.chosen !== undefined && this.rows[this.active]?.kind === 'tensor') {
      this.actions.activate(this.active);
    }
    this.scrollTo(this.active);
    this.draw();
  }

  private scrollTo(row: number): void {
    const table = this.app.querySelector('.tensors');
    if (!table) {
      return;
    }
    const [top, visible] = [row * ROW_HEIGHT, table.clientHeight - 2 * ROW_HEIGHT];
    if (top < table.scrollTop) {
      table.scrollTop = top;
    } else if (top > table.scrollTop + visible) {
      table.scrollTop = top - visible;
    }
  }

  /** Brings a tensor into view, opening the modules around it, and shows what is known of it. */
  private show(name: string): void {
    const index = this.shown.findIndex((tensor) => tensor.name === name);
    if (index < 0) {
      return;
    }
    this.search = '';
    const parts = name.split('.');
    parts.forEach((_part, at) => this.opened.add(parts.slice(0, at).join('.')));
    this.arrange();
    const row = this.rows.findIndex((one) => one.kind === 'tensor' && one.index === index);
    if (row >= 0) {
      this.actions.activate(row);
      this.scrollTo(row);
    }
  }

  private close(): void {
    this.chosen = undefined;
    this.draw();
  }

  /** Once a frame: statistics of ten thousand tensors come in many messages. */
  private draw(): void {
    if (this.isDue) {
      return;
    }
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      render(this.page(), this.app);
    });
  }

  private page(): TemplateResult {
    if (this.failure !== undefined && !this.checkpoint) {
      return html`<main class="empty" role="alert">
        ${icon('error', 'severity-error')}
        <h1>${l10n.t('It could not be read')}</h1>
        <p><bdi>${this.failure}</bdi></p>
      </main>`;
    }
    if (!this.checkpoint && !this.comparison) {
      return html`<main class="empty">
        <vscode-progress-ring></vscode-progress-ring>
        <p>${l10n.t('Opening…')}</p>
      </main>`;
    }
    return html`${this.comparison ? this.comparisonHeader(this.comparison) : this.header()}
      ${this.failure === undefined ? nothing : html`<div class="banner" role="alert">${icon('error', 'severity-error')}<bdi>${this.failure}</bdi></div>`}
      <main class="checkpoint">
        <section class="tensor-pane">
          ${checkpointFindings(this.findings, this.healthyWords(), (tensor) => this.show(tensor))} ${this.problemList()}
          ${this.comparison || !this.findings ? nothing : guard([this.profiles], () => depthChart(this.profiles, (index) => this.show(this.tensors[index]?.name ?? '')))}
          ${this.shown.length === 0 ? this.nothingShown() : html`${this.tools()} ${this.table()}`}
        </section>
        ${this.details()}
      </main>`;
  }

  private header(): TemplateResult {
    const { name, format, bytes, values, opaque } = this.checkpoint as DescribedCheckpoint;
    const isReading = !this.findings && this.failure === undefined;
    const step = Object.entries(values).find(([path]) => /(?:^|\.)(?:global_step|step|epoch)$/.test(path));
    return html`<header class="page-header">
      <div class="title-line">
        <h1 title=${name}><bdi>${name}</bdi></h1>
        <span class="page-tools">
          <vscode-button secondary icon="diff" @click=${() => this.host.post({ type: 'compare' })}
            >${l10n.t('Compare with…')}</vscode-button
          >
          ${
            this.hasMomentum
              ? html`<vscode-button
                  secondary
                  icon="debug-restart"
                  title=${l10n.t('Into a copy: this file stays as it is')}
                  @click=${() => this.host.post({ type: 'reset-momentum' })}
                  >${l10n.t('Reset momentum…')}</vscode-button
                >`
              : nothing
          }
        </span>
      </div>
      <ul class="facts">
        <li>${tensorCount(this.tensors.length)}</li>
        <li>${l10n.t('{0} weights', formatCount(this.weights))}</li>
        <li>${formatBytes(bytes)}</li>
        <li>${format}</li>
        ${step ? html`<li>${step[0]} ${String(step[1])}</li>` : nothing}
        ${opaque.length > 0 ? html`<li title=${opaque.map(({ global }) => global).join(', ')}>${opaque.length === 1 ? l10n.t('1 object of an unknown class, not loaded') : l10n.t('{0} objects of unknown classes, not loaded', formatCount(opaque.length))}</li>` : nothing}
      </ul>
      ${
        isReading
          ? html`<progress
              class="progress"
              max=${Math.max(1, bytes)}
              value=${this.bytesRead}
              aria-label=${l10n.t('Read so far')}
            ></progress>`
          : nothing
      }
    </header>`;
  }

  private comparisonHeader({
    path,
    comparedWith,
    tensors,
    onlyInFirst,
    onlyInSecond,
  }: ComparisonReport): TemplateResult {
    const only = (names: readonly string[], words: string): TemplateResult | typeof nothing =>
      names.length === 0 ? nothing : html`<li title=${names.slice(0, 40).join('\n')}>${words}</li>`;
    return html`<header class="page-header">
      <div class="title-line">
        <h1 title="${comparedWith.path} → ${path}">
          <bdi>${nameBeside(comparedWith.path, path)}</bdi> → <bdi>${nameBeside(path, comparedWith.path)}</bdi>
        </h1>
      </div>
      <ul class="facts">
        <li>
          ${tensors.length === 1 ? l10n.t('1 tensor in both') : l10n.t('{0} tensors in both', formatCount(tensors.length))}
        </li>
        ${only(onlyInFirst, l10n.t('{0} only in the first', formatCount(onlyInFirst.length)))}
        ${only(onlyInSecond, l10n.t('{0} only in the second', formatCount(onlyInSecond.length)))}
      </ul>
    </header>`;
  }

  private healthyWords(): string {
    if (this.comparison) {
      return l10n.t('Nothing wrong in what has changed');
    }
    return this.problems.length === 0
      ? l10n.t('Nothing wrong found in it')
      : l10n.t('Nothing wrong found in what could be read');
  }

  private problemList(): TemplateResult | typeof nothing {
    return this.problems.length === 0
      ? nothing
      : html`<ul class="problems">
          ${this.problems.map(({ message, remedy }) => html`<li>${icon('warning', 'severity-warning')} <bdi>${message}</bdi>${remedy ? `: ${remedy}` : ''}</li>`)}
        </ul>`;
  }

  private nothingShown(): TemplateResult {
    return html`<p class="calm">
      ${this.comparison ? l10n.t('The two have no tensors of the same names.') : l10n.t('There are no tensors in it.')}
    </p>`;
  }

  private tools(): TemplateResult {
    return html`<div class="tensor-tools">
      <vscode-textfield
        placeholder=${l10n.t('Filter by name or role')}
        .label=${l10n.t('Filter tensors')}
        .value=${this.search}
        @input=${(event: Event) => {
          this.search = (event.target as HTMLElement & { value: string }).value;
          this.arrange();
          this.draw();
        }}
      ></vscode-textfield>
      ${
        this.search !== ''
          ? html`<span class="muted" role="status">${tensorCount(this.found)}</span>`
          : this.sort
            ? html`<button type="button" class="link" @click=${() => this.actions.sortBy(undefined)}>
                ${l10n.t('Show as modules')}
              </button>`
            : nothing
      }
    </div>`;
  }

  private table(): TemplateResult {
    const common = {
      rows: this.rows,
      sort: this.sort,
      active: this.active,
      top: this.top,
      height: this.height,
    };
    return this.comparison
      ? tensorTable<TensorComparison>(
          {
            ...common,
            tensors: this.comparison.tensors,
            columns: CHANGE_COLUMNS,
            leadTitles: [l10n.t('Shape')],
            lead: ({ shape }) => html`<span class="cell lead" role="gridcell">${shapeText(shape)}</span>`,
            isMarked: (index) => (this.comparison?.tensors[index]?.change?.nonFinite ?? 0) > 0,
          },
          this.actions,
        )
      : tensorTable<TensorSummary>(
          {
            ...common,
            tensors: this.tensors,
            columns: STATISTICS_COLUMNS,
            leadTitles: [l10n.t('Shape'), l10n.t('Type'), l10n.t('Spread')],
            lead: ({ shape, dtype, stats }) =>
              html`<span class="cell lead" role="gridcell">${shapeText(shape)}</span>
                <span class="cell lead" role="gridcell">${dtype}</span>
                <span class="cell lead" role="gridcell"
                  >${stats ? sparkline(barsOf(stats.histogram, stats.zeros), 72, 16) : nothing}</span
                >`,
            isMarked: (index) => {
              const stats = this.tensors[index]?.stats;
              return stats !== undefined && stats.nan + stats.inf > 0;
            },
          },
          this.actions,
        );
  }

  private details(): TemplateResult | typeof nothing {
    const tensor = this.comparison ? undefined : this.tensors.find(({ name }) => name === this.chosen);
    if (!tensor) {
      return nothing;
    }
    const related = this.tensors.filter((one) => one !== tensor && parameterOf(one) === parameterOf(tensor));
    return tensorDetails(tensor, related, {
      copy: (text) => this.host.post({ type: 'copy', text }),
      close: () => this.close(),
      show: (name) => this.show(name),
    });
  }
}

/** What a file is called beside another: with its folder where the two are called alike. */
function nameBeside(path: string, other: string): string {
  return baseName(path) === baseName(other) ? path.split(/[\\/]/).slice(-2).join('/') : baseName(path);
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** The parameter that a tensor is, or that it is the optimizer's state of: named, or told by the name around it. */
function parameterOf({ name, role, parameter }: TensorSummary): string {
  if (parameter !== undefined || !role.startsWith('optimizer/')) {
    return parameter ?? name;
  }
  return name.replace(/^(?:optimizer[./])?(?:state[./])?/i, '').replace(/[./][^./]*$/, '');
}
