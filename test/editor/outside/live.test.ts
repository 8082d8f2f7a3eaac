import assert from 'node:assert/strict';
import path from 'node:path';
import { startGroup } from '../../../scripts/editor/processes.mjs';
import { eventually, Workbench } from '../support/workbench.js';

describe('a live run', () => {
  let workbench: Workbench;
  let trainer: ReturnType<typeof startGroup> | undefined;
  before(async () => {
    workbench = await Workbench.open();
    await workbench.openSidebar();
    await workbench.row('Runs', 'baseline').waitFor();
  });
  after(async () => {
    await trainer?.stop();
    await workbench.close();
  });

  it('is found in a new folder while it trains', async () => {
    const script = path.join(workbench.folder, 'trainer.mjs');
    const parameters = ['--name', 'live', '--interval', '25', '--warmup', '40', '--at', '300', '--steps', '3000'];
    trainer = startGroup(process.execPath, [script, ...parameters], { stdio: 'ignore' });
    await workbench.row('Runs', 'live').first().waitFor();
  });

  it('grows on its page', async () => {
    await workbench.row('Runs', /^live/).first().click();
    const facts = workbench.panel().locator('.facts');
    await facts.waitFor();
    const first = await facts.innerText();
    await eventually(async () => (await facts.innerText()) !== first, 'a further step on the page');
    await workbench.panel().locator('.status-live').waitFor();
  });

  it('is called broken soon after it broke, in the tree, on its page and in the status bar', async () => {
    const page = workbench.panel();
    await page.locator('.verdict.severity-error').waitFor({ timeout: 90_000 });
    const finding = page.locator('[data-finding]').first();
    assert.match(await finding.innerText(), /loss/i);
    await workbench.row('Findings', /Training loss/).waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: /live \d/ }).waitFor();
    await workbench.screenshot('live');
  });
});
