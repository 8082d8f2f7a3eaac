import path from 'node:path';
import * as vscode from 'vscode';
import { TASK_TYPE } from '../../contract/views.js';
import { commandWords } from '../../runner/commandLine.js';
import { TARGET_NAMES } from '../../runner/jobRecord.js';
import type { TargetName } from '../../runner/jobRecord.js';
import type { JobLauncher } from './jobLauncher.js';
import type { EditorJobWish, Jobs } from './jobs.js';
import { JobTerminal } from './jobTerminal.js';
import { commandFor } from './programs.js';

/** Tasks of the type "evenkeel": those of tasks.json, and one for the file that is open. */
export class JobTasks implements vscode.TaskProvider {
  private readonly jobs: Jobs;
  private readonly launcher: JobLauncher;

  constructor(jobs: Jobs, launcher: JobLauncher) {
    this.jobs = jobs;
    this.launcher = launcher;
  }

  async provideTasks(): Promise<vscode.Task[]> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const command = uri?.scheme === 'file' ? await commandFor(uri) : undefined;
    const scope = uri && vscode.workspace.getWorkspaceFolder(uri);
    return uri && command && scope
      ? [this.taskOf({ type: TASK_TYPE, command: [...command] }, scope, path.basename(uri.fsPath))]
      : [];
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const { definition, scope } = task;
    const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
    return folder && definition['command'] !== undefined ? this.taskOf(definition, folder, task.name) : undefined;
  }

  private taskOf(definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder, name: string): vscode.Task {
    const run = new vscode.CustomExecution((resolved) => {
      const begin = async () => {
        const { folder: run } = await this.jobs.start(wishOf(resolved, folder));
        this.launcher.awaitRun(run);
        const job = this.jobs.get(run);
        if (!job) {
          throw new Error(`${run}: its record has gone`);
        }
        return job;
      };
      return Promise.resolve(new JobTerminal(this.jobs, begin, true));
    });
    const task = new vscode.Task(definition, folder, name, 'evenkeel', run, []);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
    return task;
  }
}

/** A definition is what a person wrote: anything may stand in it. Throws in words. */
function wishOf(definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder): EditorJobWish {
  const { command, cwd, env, target, options, hook, every, out } = definition as Readonly<Record<string, unknown>>;
  const words = typeof command === 'string' ? commandWords(command) : command;
  if (!isTexts(words) || words.length === 0) {
    throw new Error(vscode.l10n.t('The task needs a "command": a line, or a list of words.'));
  }
  return {
    command: words,
    cwd: path.resolve(folder.uri.fsPath, typeof cwd === 'string' ? cwd : '.'),
    environment: textsOf(env, 'env'),
    options: textsOf(options, 'options'),
    target: targetOf(target),
    hook: hook === 'off' ? 'off' : 'auto',
    ...(typeof every === 'number' ? { every } : {}),
    ...(typeof out === 'string' ? { out } : {}),
  };
}

function targetOf(value: unknown): TargetName {
  const target = TARGET_NAMES.find((name) => name === (value ?? 'local'));
  if (!target) {
    throw new Error(vscode.l10n.t('"target" is one of {0}.', TARGET_NAMES.join(', ')));
  }
  return target;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

function textsOf(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(
    entries.map(([key, one]) => {
      if (typeof one !== 'string' && typeof one !== 'number') {
        throw new Error(vscode.l10n.t('"{0}" of "{1}" has to be a text.', key, name));
      }
      return [key, String(one)];
    }),
  );
}
