import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { eventually, inWorkspace, openSource } from './support.js';

describe('the engine', () => {
  const title = async (): Promise<string> => {
    const document = await vscode.workspace.openTextDocument(inWorkspace('train.py'));
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      10,
    );
    return lenses.map(({ command }) => command?.title ?? '').join(' | ');
  };

  after(async () => {
    for (const name of ['after-the-kill', 'growing']) {
      await vscode.workspace.fs.delete(inWorkspace('runs', name), { recursive: true });
    }
    await vscode.commands.executeCommand('evenkeel.rescan');
  });

  before(async () => {
    await openSource('train.py');
    await eventually(async () => /loss \d/.test(await title()), 'a lens with a loss');
  });

  it('comes back after its worker was killed', async () => {
    assert.ok((await killWorkers()) > 0, 'a worker was running');
    await writeRun('after-the-kill', [3, 2, 1.25]);
    await vscode.commands.executeCommand('evenkeel.rescan');
    await eventually(async () => (await title()).includes('loss 1.25'), 'a run that was written after the kill');
  });

  it('follows a run as it grows', async () => {
    await writeRun('growing', [4, 3.5]);
    await eventually(async () => (await title()).includes('loss 3.5'), 'the run in a new folder');
    await writeRun('growing', [4, 3.5, 3.25]);
    await eventually(async () => (await title()).includes('loss 3.25'), 'its further row');
  });
});

async function writeRun(name: string, losses: readonly number[]): Promise<void> {
  const rows = losses.map((loss, step) => `{"step": ${step}, "train/loss": ${loss}}\n`);
  await vscode.workspace.fs.writeFile(inWorkspace('runs', name, 'metrics.jsonl'), Buffer.from(rows.join('')));
}

/** Ends all worker threads of this process, found by their prototype, as a crash would. */
async function killWorkers(): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    const holder = globalThis as { workerPrototype?: unknown };
    holder.workerPrototype = Worker.prototype;
    const { result } = await session.post('Runtime.evaluate', { expression: 'globalThis.workerPrototype' });
    const { objects } = await session.post('Runtime.queryObjects', { prototypeObjectId: result.objectId ?? '' });
    const killed = await session.post('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      // Prototypes of further classes inherit from it as well; they have no thread.
      functionDeclaration: `function () {
        const threads = this.filter(isRunning);
        threads.forEach((worker) => void worker.terminate());
        return threads.length;
        function isRunning(worker) {
          try {
            return worker.threadId > 0;
          } catch {
            return false;
          }
        }
      }`,
      returnByValue: true,
    });
    delete holder.workerPrototype;
    return Number(killed.result.value);
  } finally {
    session.disconnect();
  }
}
