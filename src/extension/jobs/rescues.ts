import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { CONTEXT_KEYS } from '../../contract/commands.js';
import type { FindingSummary } from '../../contract/engineProtocol.js';
import { RESCUE_SCHEME } from '../../contract/views.js';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import type { SourceEdit } from '../../model/sourceEdit.js';
import { commandText, commandWords } from '../../runner/commandLine.js';
import { JOB_FILES } from '../../runner/jobRecord.js';
import type { RescuedFrom } from '../../runner/jobRecord.js';
import { findCheckpoints, lastBefore } from '../../runner/rescue/checkpoints.js';
import { relaunchOf } from '../../runner/rescue/relaunch.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { SourceAnalyses } from '../source/sourceAnalyses.js';
import type { JobLauncher } from './jobLauncher.js';
import type { SeenJob } from './jobs.js';

/** What runs that diverged or spiked get when they suggest a lower rate: papers on loss spikes halve it or more. */
const RATE_FACTOR = 0.5;
const LOWER_RATE = 'lower-learning-rate';
/** Makes its own place in the source; what the others change is told by their titles. */
const MOMENTUM_FIX = 'reset-momentum';
const SOURCE_FILE = /\.(?:py|m?[jt]s|cjs|cts)$/i;

interface Rescue {
  readonly job: SeenJob;
  readonly command: readonly string[];
  readonly notes: readonly string[];
  readonly from: RescuedFrom;
  /** Id of the run in trouble. */
  readonly run: string | undefined;
  readonly source:
    { readonly uri: vscode.Uri; readonly text: string; readonly edits: readonly SourceEdit[] } | undefined;
}

/**
 * Rescue of a run: from the last checkpoint before its trouble, with what the finding suggests. Shown as a diff of the
 * command and of the source; nothing is changed or started before that is confirmed.
 */
export class Rescues implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.changes.event;
  private readonly catalogue: RunCatalogue;
  private readonly analyses: SourceAnalyses;
  private readonly launcher: JobLauncher;
  private proposed: Rescue | undefined;

  constructor(catalogue: RunCatalogue, analyses: SourceAnalyses, launcher: JobLauncher) {
    this.catalogue = catalogue;
    this.analyses = analyses;
    this.launcher = launcher;
    this.owned.add(vscode.workspace.registerTextDocumentContentProvider(RESCUE_SCHEME, this));
    this.owned.add(vscode.window.tabGroups.onDidChangeTabs(() => this.updateContext()));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.proposed ? textOf(this.proposed, uri.query === 'after') : '';
  }

  /** Works out how the run of a job can be rescued, and shows it. */
  async propose(job: SeenJob): Promise<void> {
    this.proposed = await this.plan(job);
    await this.show();
  }

  /** Lets the user change the command. */
  async editCommand(): Promise<void> {
    const text =
      this.proposed &&
      (await vscode.window.showInputBox({
        title: vscode.l10n.t('The command that is started'),
        value: commandText(this.proposed.command),
        validateInput: (value) => (commandWords(value)?.length ? undefined : vscode.l10n.t('A quote is left open.')),
      }));
    const command = text === undefined ? undefined : commandWords(text);
    if (this.proposed && command && command.length > 0) {
      this.proposed = { ...this.proposed, command };
      await this.show();
    }
  }

  /** Makes the changes that are shown, and starts the job. */
  async relaunch(): Promise<void> {
    const rescue = this.proposed;
    if (!rescue) {
      return;
    }
    if (rescue.source && rescue.source.edits.length > 0 && !(await changeSource(rescue.source))) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('{0} was changed meanwhile: rescue the run again.', path.basename(rescue.source.uri.fsPath)),
      );
      return;
    }
    await this.close();
    const { cwd } = rescue.job.record;
    await this.launcher.run(rescue.command, cwd, {
      rescuedFrom: rescue.from,
      ...(rescue.run === undefined ? {} : { against: rescue.run }),
      ...(rescue.source ? { source: rescue.source.uri } : {}),
    });
  }

  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap(({ tabs: own }) => own.filter(isRescueTab));
    await vscode.window.tabGroups.close(tabs);
    this.proposed = undefined;
    this.updateContext();
  }

  dispose(): void {
    this.owned.dispose();
  }

  private async plan(job: SeenJob): Promise<Rescue> {
    const { record, folder } = job;
    const run = this.catalogue.all().find(({ location }) => location === folder);
    const finding = run && worstOf(run.findings);
    const source = await this.sourceOf(job);
    const checkpoint = finding && (await checkpointFor(job, finding));
    const relaunch = relaunchOf({
      command: record.command,
      source: source?.text ?? '',
      checkpoint: checkpoint?.path,
      rateFactor: finding?.fixes.includes(LOWER_RATE) === true ? RATE_FACTOR : 1,
    });
    const edits = source && finding?.fixes.includes(MOMENTUM_FIX) === true ? await this.editsOf(source.uri) : [];
    const why = finding
      ? vscode.l10n.t('{0} (since step {1})', finding.title, finding.fromStep)
      : vscode.l10n.t('Nothing wrong has been found in this run.');
    return {
      job,
      command: relaunch.command,
      notes: [why, ...relaunch.notes],
      from: { folder, checkpoint: checkpoint?.path ?? null, step: checkpoint?.step ?? null },
      run: run?.id,
      source: source && { ...source, edits },
    };
  }

  private async sourceOf({ record }: SeenJob): Promise<{ uri: vscode.Uri; text: string } | undefined> {
    const script = record.command.find((word) => SOURCE_FILE.test(word));
    if (script === undefined) {
      return undefined;
    }
    const uri = vscode.Uri.file(path.resolve(record.cwd, script));
    try {
      return { uri, text: (await vscode.workspace.openTextDocument(uri)).getText() };
    } catch {
      return undefined;
    }
  }

  /** What the reset of the momentum changes in the script; nothing where it can't be made. */
  private async editsOf(uri: vscode.Uri): Promise<readonly SourceEdit[]> {
    const document = await vscode.workspace.openTextDocument(uri);
    const [loop] = await this.analyses.loops(document);
    const outcome = loop && (await this.analyses.fix(document, MOMENTUM_FIX, loop.from.line));
    return outcome?.kind === 'edits' ? outcome.edits : [];
  }

  private async show(): Promise<void> {
    const rescue = this.proposed;
    if (!rescue) {
      return;
    }
    const name = rescue.source ? path.basename(rescue.source.uri.fsPath) : `${rescue.job.record.name}.txt`;
    const at = (query: string): vscode.Uri => vscode.Uri.from({ scheme: RESCUE_SCHEME, path: `/${name}`, query });
    (['before', 'after'] as const).forEach((side) => this.changes.fire(at(side)));
    const title = vscode.l10n.t('Rescue of {0}', rescue.job.record.name);
    await vscode.commands.executeCommand('vscode.diff', at('before'), at('after'), title, { preview: true });
    this.updateContext();
    void this.ask(rescue);
  }

  private async ask(rescue: Rescue): Promise<void> {
    const [relaunch, edit, discard] = [
      vscode.l10n.t('Relaunch'),
      vscode.l10n.t('Edit Command…'),
      vscode.l10n.t('Discard'),
    ];
    const message = vscode.l10n.t('The rescue is shown, nothing is started yet. {0}', rescue.notes.join(' '));
    const answer = await vscode.window.showInformationMessage(message, relaunch, edit, discard);
    if (this.proposed !== rescue) {
      return; // Decided above the diff meanwhile.
    }
    switch (answer) {
      case relaunch:
        return this.relaunch();
      case edit:
        return this.editCommand();
      case discard:
        return this.close();
      case undefined:
        return;
    }
  }

  private updateContext(): void {
    const isShown = vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(isRescueTab));
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.rescuing, isShown && this.proposed !== undefined);
  }
}

/** The command in front of the source, so that one diff shows both. */
function textOf({ job, command, from, source, notes }: Rescue, isAfter: boolean): string {
  const mark = source && /\.py$/i.test(source.uri.fsPath) ? '#' : source ? '//' : '';
  const words = isAfter ? command : job.record.command;
  const lines = [
    `$ ${commandText(words)}`,
    ...(isAfter ? [`  from ${from.checkpoint ?? 'the beginning'}`, ...notes.map((note) => `  ${note}`)] : []),
  ].map((line) => `${mark} ${line}`.trim());
  const text = source ? (isAfter ? applyEdits(source.text, source.edits) : source.text) : '';
  return `${lines.join('\n')}\n\n${text}`;
}

function isRescueTab({ input }: vscode.Tab): boolean {
  return input instanceof vscode.TabInputTextDiff && input.modified.scheme === RESCUE_SCHEME;
}

async function changeSource({ uri, text, edits }: NonNullable<Rescue['source']>): Promise<boolean> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.getText() !== text) {
    return false;
  }
  const change = new vscode.WorkspaceEdit();
  const end = document.positionAt(text.length);
  change.replace(uri, new vscode.Range(new vscode.Position(0, 0), end), applyEdits(text, edits));
  return (await vscode.workspace.applyEdit(change)) && document.save();
}

/** Errors before warnings; of these the one that began first. */
function worstOf(findings: readonly FindingSummary[]): FindingSummary | undefined {
  const order = { error: 0, warning: 1, info: 2 };
  return [...findings]
    .filter(({ severity }) => severity !== 'info')
    .sort((a, b) => order[a.severity] - order[b.severity] || a.fromStep - b.fromStep)[0];
}

async function checkpointFor({ folder, record }: SeenJob, { fromStep }: FindingSummary) {
  const found = await findCheckpoints([folder, record.cwd], record.started ?? record.created);
  return lastBefore(found, { step: fromStep, time: await timeOfStep(folder, fromStep) });
}

/** When the hook wrote a step, in milliseconds since the epoch. */
async function timeOfStep(folder: string, step: number): Promise<number | undefined> {
  const text = await readFile(path.join(folder, JOB_FILES.metrics), 'utf8').catch(() => '');
  const row = new RegExp(`^\\{"step":\\s*${step},\\s*"time":\\s*([\\d.]+)`, 'm').exec(text)?.[1];
  return row === undefined ? undefined : Number(row) * 1000;
}
