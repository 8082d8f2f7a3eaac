import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Workbench } from '../support/workbench.js';

describe('a workspace without runs', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      prepare: (folder) => rm(path.join(folder, 'runs'), { recursive: true }),
    });
  });
  after(() => workbench.close());

  it('says what would stand here and how to get it', async () => {
    await workbench.openSidebar();
    await workbench.page.locator('.welcome-view-content', { hasText: 'No training run here yet' }).waitFor();
    for (const choice of ['Open a Log', 'Run a Command with Evenkeel', 'Open the Sample Run', 'Get started']) {
      await workbench.page.locator('.welcome-view-content a', { hasText: choice }).first().waitFor();
    }
    await workbench.screenshot('welcome');
  });

  it('opens the sample from the palette, and reads it', async () => {
    await workbench.runCommand('Open the Sample Run');
    await workbench.panel().locator('[data-finding]').first().waitFor();
    await workbench.screenshot('welcome-sample');
  });
});
