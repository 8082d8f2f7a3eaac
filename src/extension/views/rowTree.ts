import * as vscode from 'vscode';
import { changedRows, type RowBranch } from '../presentation/rowChanges.js';
import type { RowTarget, TreeRow } from '../presentation/treeRows.js';

/** What a tree shows: its upper rows, what stands under one, and how a row is opened. */
export interface RowSource {
  roots(limit: number): readonly TreeRow[];
  under(row: TreeRow): readonly TreeRow[];
  readonly pageSize: number;
  commandFor(target: RowTarget): vscode.Command;
}

/** Shows rows of plain data as a tree. Only rows that the editor asks for become tree items. */
export class RowTree implements vscode.TreeDataProvider<TreeRow>, vscode.Disposable {
  private readonly source: RowSource;
  private readonly changes = new vscode.EventEmitter<TreeRow[] | undefined>();
  private limit: number;
  private branches: readonly RowBranch[] = [];
  /** The rows that the editor was given, by id: it knows them by identity. */
  private readonly given = new Map<string, TreeRow>();

  readonly onDidChangeTreeData = this.changes.event;

  constructor(source: RowSource) {
    this.source = source;
    this.limit = source.pageSize;
  }

  /** Draws anew what looks different from what was drawn last. */
  refresh(): void {
    const before = this.branches;
    this.branches = this.currentBranches();
    const changed = changedRows(before, this.branches);
    if (changed === 'all') {
      this.changes.fire(undefined);
    } else if (changed.length > 0) {
      this.changes.fire(changed.flatMap((id) => this.given.get(id) ?? []));
    }
  }

  showMore(): void {
    this.limit += this.source.pageSize;
    this.refresh();
  }

  getChildren(row?: TreeRow): TreeRow[] {
    if (row) {
      return [...this.source.under(row)];
    }
    const roots = this.branches.map((branch) => branch.row);
    this.given.clear();
    roots.forEach((root) => this.given.set(root.id, root));
    return roots;
  }

  getTreeItem(handed: TreeRow): vscode.TreeItem {
    const row = this.branches.find((branch) => branch.row.id === handed.id)?.row ?? handed;
    const item = new vscode.TreeItem(row.label, EXPANSIONS[row.expansion]);
    item.id = row.id;
    item.description = row.description;
    item.tooltip = new vscode.MarkdownString(row.tooltip);
    item.accessibilityInformation = { label: row.accessibleLabel };
    item.command = this.source.commandFor(row.target);
    if (row.icon) {
      const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
      item.iconPath = new vscode.ThemeIcon(row.icon.id, color);
    }
    if (row.context !== null) {
      item.contextValue = row.context;
    }
    return item;
  }

  dispose(): void {
    this.changes.dispose();
  }

  private currentBranches(): readonly RowBranch[] {
    return this.source.roots(this.limit).map((row) => ({ row, under: this.source.under(row) }));
  }
}

const EXPANSIONS = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;
