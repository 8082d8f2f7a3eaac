import * as vscode from 'vscode';
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
  private readonly changes = new vscode.EventEmitter<undefined>();
  private limit: number;

  readonly onDidChangeTreeData = this.changes.event;

  constructor(source: RowSource) {
    this.source = source;
    this.limit = source.pageSize;
  }

  refresh(): void {
    this.changes.fire(undefined);
  }

  showMore(): void {
    this.limit += this.source.pageSize;
    this.refresh();
  }

  getChildren(row?: TreeRow): TreeRow[] {
    return [...(row ? this.source.under(row) : this.source.roots(this.limit))];
  }

  getTreeItem(row: TreeRow): vscode.TreeItem {
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
}

const EXPANSIONS = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;
