import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { CONTEXT_KEYS } from '../../contract/commands.js';
import type { SourceText } from '../../contract/engineProtocol.js';
import { RESCUE_SCHEME } from '../../contract/views.js';
import { writeCopy } from '../../engine/rescue/momentumCopy.js';
import { composeRescue, planRescue, scriptOf } from '../../engine/rescue/rescue.js';
import type { Means, Measure, Rescue, RescuePlan, RescuePorts } from '../../engine/rescue/rescue.js';
import { worstOf } from '../../engine/rescue/trouble.js';
import { languageOf } from '../../engine/sources/sourceFiles.js';
import { commandText, commandWords } from '../../runner/commandLine.js';
import { withoutHook } from '../../runner/hookEnvironment.js';
import { isOver } from '../../runner/jobRecord.js';
import type { CheckpointReader } from '../checkpoints/checkpointReader.js';
import type { EngineRequester } from '../engine/enginePort.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { JobLauncher } from './jobLauncher.js';
import type { Jobs, SeenJob } from './jobs.js';

/** Sentences of the message under the diff; the diff itself has all of them. */
const NOTES_IN_MESSAGE = 2;

export interface RescueServices {
  readonly catalogue: RunCatalogue;
  readonly engine: EngineRequester;
  readonly checkpoints: CheckpointReader;
  readonly jobs: Jobs;
  readonly launcher: JobLauncher;
}

interface MeasureItem extends vscode.QuickPickItem {
  readonly fix?: string;
}

/**
 * Rescue of a run: from the last checkpoint before its trouble, with what the finding suggests. Shown as a diff of the
 * command and of the source; nothing is changed or started before that is confirmed.
 */
export class Rescues implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly owned = new DisposableStore();
  private readonly changes = this.owned.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.changes.event;
  private readonly services: RescueServices;
  private readonly ports: RescuePorts;
  private proposed: Rescue | undefined;

  constructor(services: RescueServices) {
    this.services = services;
    this.ports = portsOf(services);
    this.owned.add(vscode.workspace.registerTextDocumentContentProvider(RESCUE_SCHEME, this));
    this.owned.add(vscode.window.tabGroups.onDidChangeTabs(() => this.updateContext()));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.proposed ? textOf(this.proposed, uri.query === 'after') : '';
  }

  /** Works out how the run of a job can be rescued, asks what of it shall be done, and shows that. */
  async propose(job: SeenJob): Promise<void> {
    const plan = await this.plan(job);
    const fixes = plan.measures.length > 0 ? await pickMeasures(plan) : [];
    if (fixes) {
      const rescue = await composeRescue(plan, fixes, this.ports);
      rescue.refused.forEach(({ fix, reason }) => void vscode.window.showWarningMessage(`${fix}: ${reason}`));
      this.proposed = rescue;
      await this.show();
    }
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
    if (!rescue || !(await this.hasEnded(rescue))) {
      return;
    }
    const { record, folder, source } = rescue.plan.subject;
    const document = source && (await vscode.workspace.openTextDocument(source.path));
    if (document && rescue.edited !== undefined && document.getText() !== source.text) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('{0} was changed meanwhile: rescue the run again.', path.basename(source.path)),
      );
      return;
    }
    // First what may fail: nothing is changed then.
    await this.writeCopyOf(rescue);
    if (document && rescue.edited !== undefined) {
      await replaceText(document, rescue.edited);
    }
    await this.close();
    const every = Number(record.environment['EVENKEEL_EVERY']);
    const run = this.runIn(folder);
    await this.services.launcher.run(rescue.command, record.cwd, {
      target: record.target,
      options: record.options,
      hook: record.hook,
      environment: withoutHook(record.environment),
      ...(every > 0 ? { every } : {}),
      rescuedFrom: rescue.from,
      ...(run ? { against: run.id } : {}),
      ...(document ? { source: document.uri } : {}),
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

  private async plan({ folder, record }: SeenJob): Promise<RescuePlan> {
    const trouble = worstOf(this.runIn(folder)?.findings ?? []);
    return planRescue({ record, folder, trouble, source: await sourceOf(scriptOf(record)) }, this.ports);
  }

  private runIn(folder: string): ReturnType<RunCatalogue['all']>[number] | undefined {
    return this.services.catalogue.all().find(({ location }) => location === folder);
  }

  /** Two runs at once would share the machine, and the folder of the checkpoints. */
  private async hasEnded({ plan: { subject } }: Rescue): Promise<boolean> {
    const { jobs } = this.services;
    const job = jobs.get(subject.folder);
    if (!job || isOver(job.state)) {
      return true;
    }
    const stop = vscode.l10n.t('Stop It and Relaunch');
    const message = vscode.l10n.t('{0} still runs.', subject.record.name);
    if ((await vscode.window.showWarningMessage(message, { modal: true }, stop)) !== stop) {
      return false;
    }
    await jobs.stop(subject.folder, 'stopped to be rescued');
    return true;
  }

  private async writeCopyOf({ copy }: Rescue): Promise<void> {
    if (copy) {
      const title = vscode.l10n.t('Copying {0} with its momentum reset', path.basename(copy.checkpoint));
      await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
        writeCopy(copy, this.ports.checkpoints),
      );
    }
  }

  private async show(): Promise<void> {
    const rescue = this.proposed;
    if (!rescue) {
      return;
    }
    const { source, record } = rescue.plan.subject;
    const name = source ? path.basename(source.path) : `${record.name}.txt`;
    const at = (query: string): vscode.Uri => vscode.Uri.from({ scheme: RESCUE_SCHEME, path: `/${name}`, query });
    (['before', 'after'] as const).forEach((side) => this.changes.fire(at(side)));
    const title = vscode.l10n.t('Rescue of {0}', record.name);
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
    const notes = rescue.notes.slice(0, NOTES_IN_MESSAGE).join(' ');
    const message = vscode.l10n.t('The rescue is shown, nothing is started yet. {0}', notes);
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
function textOf({ plan, command, from, edited, notes }: Rescue, isAfter: boolean): string {
  const { record, source } = plan.subject;
  const mark = source && /\.py$/i.test(source.path) ? '#' : source ? '//' : '';
  const remarks = [
    `from ${from.checkpoint ?? 'the beginning'}`,
    ...notes,
    ...plan.unavailable.map(({ title, reason }) => `Not made here: ${title}: ${reason}`),
  ];
  const lines = [
    `$ ${commandText(isAfter ? command : record.command)}`,
    ...(isAfter ? remarks.map((remark) => `  ${remark}`) : []),
  ].map((line) => `${mark} ${line}`.trim());
  return `${lines.join('\n')}\n\n${isAfter ? (edited ?? source?.text ?? '') : (source?.text ?? '')}`;
}

function isRescueTab({ input }: vscode.Tab): boolean {
  return input instanceof vscode.TabInputTextDiff && input.modified.scheme === RESCUE_SCHEME;
}

/** What the trouble suggests is ticked; the reasons stand beneath. */
async function pickMeasures({ measures, subject: { trouble } }: RescuePlan): Promise<readonly string[] | undefined> {
  const group = (title: string, some: readonly Measure[]): MeasureItem[] =>
    some.length === 0
      ? []
      : [{ label: title, kind: vscode.QuickPickItemKind.Separator }, ...some.map((one) => itemOf(one))];
  const items = [
    ...group(
      vscode.l10n.t('suggested'),
      measures.filter(({ suggested }) => suggested),
    ),
    ...group(
      vscode.l10n.t('further answers'),
      measures.filter(({ suggested }) => !suggested),
    ),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: trouble ? vscode.l10n.t('Rescue: {0}', trouble.title) : vscode.l10n.t('Rescue'),
    placeHolder: vscode.l10n.t(
      'What shall be done besides going back? It is shown as a diff before anything is changed',
    ),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.flatMap(({ fix }) => fix ?? []);
}

function itemOf({ fix, title, why, means, suggested }: Measure): MeasureItem {
  return { label: title, description: placeOf(means), detail: why, picked: suggested, fix };
}

function placeOf(means: Means): string {
  switch (means) {
    case 'command':
      return vscode.l10n.t('in the command');
    case 'checkpoint':
      return vscode.l10n.t('in a copy of the checkpoint');
    case 'source':
      return vscode.l10n.t('in the source');
  }
}

/** The script as the editor has it, saved or not. */
async function sourceOf(script: string | undefined): Promise<SourceText | undefined> {
  const language = script === undefined ? undefined : languageOf(script);
  if (script === undefined || !language) {
    return undefined;
  }
  try {
    return { path: script, language, text: (await vscode.workspace.openTextDocument(script)).getText() };
  } catch {
    return undefined;
  }
}

async function replaceText(document: vscode.TextDocument, text: string): Promise<void> {
  const change = new vscode.WorkspaceEdit();
  const end = document.positionAt(document.getText().length);
  change.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), end), text);
  if (!(await vscode.workspace.applyEdit(change)) || !(await document.save())) {
    throw new Error(vscode.l10n.t('{0} could not be saved.', path.basename(document.fileName)));
  }
}

/** Sources go to the engine's thread, checkpoints to one of their own. */
function portsOf({ engine, checkpoints }: RescueServices): RescuePorts {
  const never = new vscode.CancellationTokenSource().token;
  return {
    sources: {
      fixes: () => engine.request('fixes', null),
      loops: (source) => engine.request('loops', source),
      fix: (params) => engine.request('fix', params),
    },
    checkpoints: {
      roles: (file) => checkpoints.roles(file),
      resetMomentum: async (input, output) => {
        await checkpoints.finish({ type: 'reset-momentum', input, output }, never);
      },
    },
  };
}
