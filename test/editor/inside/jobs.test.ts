import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { eventually, inWorkspace, openSource } from './support.js';

/** Python, the extension host and much else may share one slow core: nothing here is about speed. */
const JOBS_WITHIN_MS = 240_000;

const SCRIPT = `import time
for step in range(100000):
    print(f"step {step} loss {2 + 1 / (step + 1):.4f}", flush=True)
    time.sleep(0.02)
`;

/** As much of a record as is looked at. */
interface JobFile {
  readonly state: string;
  readonly handle: { readonly job: { readonly pid: number } } | null;
}

const runsFolder = () => inWorkspace('evenkeel-runs').fsPath;
const folders = async (): Promise<string[]> =>
  (await readdir(runsFolder()).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
const jobs = async (): Promise<string[]> => (await folders()).filter((name) => name.includes('endless'));
const recordOf = async (name: string): Promise<JobFile> =>
  JSON.parse(await readFile(path.join(runsFolder(), name, 'job.json'), 'utf8'));

/** How much a file holds once nothing more comes: what was printed before a pause is on its way for a while. */
async function settledLength(read: () => Promise<number>): Promise<number> {
  let length = -1;
  await eventually(async () => {
    const before = length;
    length = await read();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return length === before;
  }, 'the end of the output');
  return length;
}

/** Ends what still runs, whatever the tests came to, and removes what they wrote. */
async function clearAway(): Promise<void> {
  for (const name of await folders()) {
    const { state, handle } = await recordOf(name).catch(() => ({ state: 'lost', handle: null }));
    if ((state === 'running' || state === 'queued') && handle) {
      process.kill(-handle.job.pid, 'SIGKILL');
      await eventually(async () => !/^(?:running|queued)$/.test((await recordOf(name)).state), `the end of ${name}`);
    }
  }
  // Other tests ask for the newest run of the workspace.
  for (const left of ['evenkeel-runs', 'endless.py', '.vscode']) {
    await rm(inWorkspace(left).fsPath, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  await vscode.commands.executeCommand('evenkeel.rescan');
}

describe('jobs', function () {
  this.timeout(JOBS_WITHIN_MS);
  const script = () => inWorkspace('endless.py');
  before(() => writeFile(script().fsPath, SCRIPT));
  after(clearAway);

  it('are run in a terminal, paused, resumed and stopped by commands', async () => {
    await vscode.commands.executeCommand('evenkeel.runFile', script());
    await eventually(async () => (await jobs()).length === 1, 'the folder of the job');
    const [name] = await jobs();
    assert.equal((await recordOf(name!)).state, 'running');
    assert.ok(vscode.window.terminals.some((terminal) => terminal.name === 'endless'));
    const output = path.join(runsFolder(), name!, 'output.log');
    const printed = async () => (await readFile(output, 'utf8').catch(() => '')).length;
    await eventually(async () => (await printed()) > 100, 'output');

    await vscode.commands.executeCommand('evenkeel.pauseJob');
    const held = await settledLength(printed);
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

  it('are watched while they are debugged: the debugger of the language gets the environment of the hook', async () => {
    const [python] = await debugged({
      program: script().fsPath,
      env: { KEY: 'own', PYTHONPATH: '/own/lib' },
      every: 7,
    });
    assert.equal(python!.type, 'debugpy');
    assert.match(String(python!['python']), /python/);
    const env = python!['env'] as Record<string, string>;
    assert.deepEqual([env['KEY'], env['EVENKEEL_EVERY']], ['own', '7']);
    assert.equal(path.dirname(env['EVENKEEL_OUT']!), runsFolder());
    assert.match(env['PYTHONPATH']!, /hooks.bootstrap.\/own\/lib$/);
    const loaded = ['-c', 'import evenkeel; print(evenkeel.__file__)'];
    const { stdout } = await promisify(execFile)(String(python!['python']), loaded, {
      env: { ...process.env, ...env },
    });
    assert.match(stdout, /hooks.evenkeel\.py\s*$/);

    const [node] = await debugged({ program: inWorkspace('train.mjs').fsPath });
    assert.equal(node!.type, 'node');
    assert.match((node!['env'] as Record<string, string>)['NODE_OPTIONS']!, /--require ".*evenkeel\.cjs"/);

    const [off] = await debugged({ program: script().fsPath, hook: 'off' });
    assert.equal((off!['env'] as Record<string, string>)['EVENKEEL_OUT'], undefined);
  });

  it('are debugged from the file in front without a launch.json; a notebook is not', async () => {
    await openSource('endless.py');
    const [inFront] = await debugged({});
    assert.equal(inFront!['program'], script().fsPath);
    assert.deepEqual(await debugged({ program: inWorkspace('train.ipynb').fsPath }), []);
  });
});

/** What the debuggers would have been started with. */
async function debugged(own: object): Promise<vscode.DebugConfiguration[]> {
  const seen: vscode.DebugConfiguration[] = [];
  const keeper = vscode.debug.registerDebugConfigurationProvider('*', {
    resolveDebugConfigurationWithSubstitutedVariables: (_folder, configuration) => {
      if (configuration.type === 'evenkeel') {
        return configuration;
      }
      seen.push(configuration);
      return undefined; // Nothing is to be debugged.
    },
  });
  try {
    const configuration = { type: 'evenkeel', request: 'launch', name: 'debugged', ...own };
    await vscode.debug
      .startDebugging(vscode.workspace.workspaceFolders?.[0], configuration)
      .then(undefined, () => false);
    return seen;
  } finally {
    keeper.dispose();
  }
}
