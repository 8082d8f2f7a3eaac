import path from 'node:path';
import * as vscode from 'vscode';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { runOfSource, type RunOfSource } from '../presentation/runOfSource.js';

const CHOICES_KEY = 'evenkeel.runOfFile';
/** Stands for the choice that a file has no run. */
const NO_RUN = '';

/** Which run's numbers stand in a source file. What the user chose is kept with the workspace. */
export class SourceRuns implements vscode.Disposable {
  private readonly catalogue: RunCatalogue;
  private readonly memory: vscode.Memento;
  private readonly changes = new vscode.EventEmitter<undefined>();

  /** Another run was chosen for some file. */
  readonly onChosen = this.changes.event;

  constructor(catalogue: RunCatalogue, memory: vscode.Memento) {
    this.catalogue = catalogue;
    this.memory = memory;
  }

  runOf(uri: vscode.Uri): RunOfSource | undefined {
    const chosenRun = this.choices()[uri.toString()];
    if (chosenRun === NO_RUN) {
      return undefined;
    }
    const workspaceFolder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? path.dirname(uri.fsPath);
    return runOfSource(this.catalogue.all(), { path: uri.fsPath, workspaceFolder, chosenRun });
  }

  /** @param run id of a run; null for none; undefined to choose by nearness again. */
  async choose(uri: vscode.Uri, run: string | null | undefined): Promise<void> {
    const { [uri.toString()]: _earlier, ...others } = this.choices();
    const choice = run === undefined ? {} : { [uri.toString()]: run ?? NO_RUN };
    await this.memory.update(CHOICES_KEY, { ...others, ...choice });
    this.changes.fire(undefined);
  }

  dispose(): void {
    this.changes.dispose();
  }

  private choices(): Readonly<Record<string, string>> {
    return this.memory.get(CHOICES_KEY, {});
  }
}
