import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, inWorkspace } from './support.js';

const SCRIPT = `import time
for step in range(100000):
    print(f"step {step} loss {2 + 1 / (step + 1):.4f}", flush=True)
    time.sleep(0.02)
`;

const runsFolder = () => inWorkspace('evenkeel-runs').fsPath;
const jobs = async (): Promise<string[]> => {
  const names = await readdir(runsFolder()).catch(() => []);
  return names.filter((name) => name.includes('endless')).sort();
};
const recordOf = async (name: string) => JSON.parse(await readFile(path.join(runsFolder(), name, 'job.json'), 'utf8'));

describe('jobs', () => {
  const script = () => inWorkspace('endless.py');
  before(() => writeFile(script().fsPath, SCRIPT));
  after(async () => {
    for (const name of await jobs()) {
      const { state, handle } = await recordOf(name);
      if (state === 'running') {
        process.kill(-handle.job.pid, 'SIGKILL');
      }
    }
    // Other tests ask for the newest run of the workspace.
    for (const left of ['evenkeel-runs', 'endless.py', '.vscode']) {
      await vscode.workspace.fs.delete(inWorkspace(left), { recursive: true });
    }
    await vscode.commands.executeCommand('evenkeel.rescan');
  });

  it('are run in a terminal, paused, resumed and stopped by commands', async () => {
    await vscode.commands.executeCommand('evenkeel.runFile', script());
    await eventually(async () => (await jobs()).length === 1, 'the folder of the job');
    const [name] = await jobs();
    assert.equal((await recordOf(name!)).state, 'running');
    assert.ok(vscode.window.terminals.some((terminal) => terminal.name === 'endless'));
    const output = path.join(runsFolder(), name!, 'output.log');
    const printed = async () => (await readFile(output, 'utf8')).length;
    await eventually(async () => (await printed()) > 100, 'output');

    await vscode.commands.executeCommand('evenkeel.pauseJob');
    const held = await printed();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await printed(), held);
    await vscode.commands.executeCommand('evenkeel.resumeJob');
    await eventually(async () => (await printed()) > held, 'more output');

    await vscode.commands.executeCommand('evenkeel.stopJob');
    await eventually(async () => (await recordOf(name!)).state === 'stopped', 'the end of the job');
  });

  it('are run by tasks of their type', async () => {
    const task = { label: 'short', type: 'evenkeel', command: 'python3 -c "print(\'step 1 loss 2\')"' };
    await vscode.workspace.fs.createDirectory(inWorkspace('.vscode'));
    await writeFile(inWorkspace('.vscode', 'tasks.json').fsPath, JSON.stringify({ version: '2.0.0', tasks: [task] }));
    let found: vscode.Task | undefined;
    await eventually(async () => {
      found = (await vscode.tasks.fetchTasks()).find(({ name }) => name === 'short');
      return found !== undefined;
    }, 'the task');
    const ended = new Promise<number | undefined>((resolve) => {
      const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name === 'short') {
          listener.dispose();
          resolve(exitCode);
        }
      });
    });
    await vscode.tasks.executeTask(found!);
    assert.equal(await ended, 0);
  });
});
