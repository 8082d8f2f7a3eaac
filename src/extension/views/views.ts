import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS, CONTEXT_KEYS, type CommandDefinition } from '../../contract/commands.js';
import { VIEWS } from '../../contract/views.js';
import type { EngineService } from '../engine/engineService.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { Jobs } from '../jobs/jobs.js';
import {
  findingRows,
  findingsRunRows,
  PAGE_OF_ROWS,
  runRows,
  type RowTarget,
  type TreeRow,
} from '../presentation/treeRows.js';
import { liveTrouble } from '../presentation/alerts.js';
import { Throttle } from '../throttle.js';
import { RowTree } from './rowTree.js';

const REFRESH_INTERVAL_MS = 1000;

/** The two trees of the side bar, kept up to date with the catalogue. */
export class Views implements vscode.Disposable {
  private readonly owned = new DisposableStore();
  private readonly catalogue: RunCatalogue;
  private readonly jobs: Jobs;
  private readonly findings: RowTree;
  private readonly runs: RowTree;
  private readonly findingsView: vscode.TreeView<TreeRow>;
  private readonly runsView: vscode.TreeView<TreeRow>;

  constructor(catalogue: RunCatalogue, engine: EngineService, jobs: Jobs) {
    this.catalogue = catalogue;
    this.jobs = jobs;
    this.findings = this.owned.add(new RowTree(this.findingsSource()));
    this.runs = this.owned.add(new RowTree(this.runsSource()));
    this.findingsView = this.owned.add(createView(VIEWS.findings.id, this.findings));
    this.runsView = this.owned.add(createView(VIEWS.runs.id, this.runs));
    for (const view of [this.findingsView, this.runsView]) {
      this.owned.add(view.onDidChangeVisibility(({ visible }) => visible && engine.start()));
    }
    if (this.findingsView.visible || this.runsView.visible) {
      engine.start();
    }
    const refresh = this.owned.add(new Throttle(REFRESH_INTERVAL_MS, () => this.refresh()));
    this.owned.add(catalogue.onChanged(() => refresh.trigger()));
    this.owned.add(jobs.onChanged(() => refresh.trigger()));
    this.refresh();
  }

  /** The row of the view of findings that was chosen last; it may be a run's. */
  get selectedFinding(): TreeRow | undefined {
    return this.findingsView.selection[0];
  }

  get selectedRun(): TreeRow | undefined {
    return this.runsView.selection[0];
  }

  showMore(): void {
    this.findings.showMore();
    this.runs.showMore();
  }

  dispose(): void {
    this.owned.dispose();
  }

  private refresh(): void {
    this.findings.refresh();
    this.runs.refresh();
    const runs = this.catalogue.all();
    const discovery = runs.length > 0 ? 'runs' : this.catalogue.isSearched ? 'empty' : 'waiting';
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.discovery, discovery);
    const trouble = liveTrouble(runs);
    this.findingsView.badge =
      trouble === 0
        ? undefined
        : {
            value: trouble,
            tooltip:
              trouble === 1
                ? vscode.l10n.t('1 live run needs a look')
                : vscode.l10n.t('{0} live runs need a look', trouble),
          };
  }

  private findingsSource() {
    return {
      pageSize: PAGE_OF_ROWS,
      commandFor: (target: RowTarget) => commandFor(target, COMMANDS.openSelectedFinding),
      roots: (limit: number) => findingsRunRows(this.catalogue.all(), limit, (folder) => this.jobs.get(folder)?.state),
      under: (row: TreeRow) => {
        const run = row.target.kind === 'run' ? this.catalogue.get(row.target.run.id) : undefined;
        return run ? findingRows(run) : [];
      },
    };
  }

  private runsSource() {
    return {
      pageSize: PAGE_OF_ROWS,
      commandFor: (target: RowTarget) => commandFor(target, COMMANDS.openSelectedRun),
      roots: (limit: number) => runRows(this.catalogue.all(), limit, (folder) => this.jobs.get(folder)?.state),
      under: () => [],
    };
  }
}

function createView(id: string, tree: RowTree): vscode.TreeView<TreeRow> {
  return vscode.window.createTreeView(id, { treeDataProvider: tree, showCollapseAll: false });
}

/**
 * Without arguments: the editor keeps those of a row only until the row is drawn anew, as rows of live runs are all the
 * time, and a click that comes between would find no command.
 */
function commandFor(target: RowTarget, open: CommandDefinition): vscode.Command {
  const { id, title } = target.kind === 'more' ? COMMANDS.showMoreRuns : open;
  return { command: id, title };
}
