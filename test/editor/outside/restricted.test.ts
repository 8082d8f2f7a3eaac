import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Workbench } from '../support/workbench.js';

const GOING_ON = `let step = 0;
setInterval(() => console.log(\`step \${step} loss \${(2 + 1 / ++step).toFixed(4)}\`), 100);
`;

/** Starts a job as the command line does, which ends it when it is itself interrupted. */
function startJob(folder: string): ChildProcess {
  const run = path.join(folder, 'evenkeel-runs', 'going-on');
  const command = [process.execPath, 'goingOn.mjs'];
  return spawn(process.execPath, [path.resolve('dist', 'cli.js'), 'run', '--out', run, '--', ...command], {
    cwd: folder,
    stdio: 'ignore',
  });
}

describe('a workspace that is not trusted', () => {
  let workbench: Workbench;
  let job: ChildProcess;
  before(async () => {
    workbench = await Workbench.open({
      untrusted: true,
      files: ['train.py'],
      prepare: async (folder) => {
        await writeFile(path.join(folder, 'goingOn.mjs'), GOING_ON);
        job = startJob(folder);
      },
    });
  });
  after(async () => {
    job.kill('SIGINT');
    await workbench.close();
  });

  it('is read and judged', async () => {
    await workbench.openSidebar();
    await workbench.row('Findings', 'has not come back').click();
    await workbench.panel().locator('[data-finding]').first().waitFor();
  });

  it('offers no change: not on the page', async () => {
    const button = workbench.panel().locator('vscode-button[data-fix="clip-gradients"]').first();
    await button.waitFor();
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    await workbench.screenshot('restricted');
  });

  it('nor in the code', async () => {
    await workbench.focusTab('train.py');
    await workbench.goToLine(84);
    await workbench.reachLens(/loss \d/, 'loss.backward()');
    assert.equal(await workbench.lens('Fixes…').count(), 0);
  });

  it('is trusted later: changes are offered, and a job that goes on has its terminal', async () => {
    const terminal = workbench.page.locator('.single-terminal-tab, .terminal-tabs-entry', { hasText: 'goingOn' });
    assert.equal(await terminal.count(), 0, 'nothing is followed before that');
    await workbench.runCommand('Workspaces: Manage Workspace Trust');
    await workbench.page.locator('.workspace-trust-editor a', { hasText: /^Trust$/ }).click();
    await terminal.first().waitFor();
    // It stands before the other editors.
    await workbench.page.locator('.monaco-modal-editor-block .codicon-close').first().click();
    await workbench.focusTab('train.py');
    await workbench.reachLens('Fixes…', 'loss.backward()');
  });
});
