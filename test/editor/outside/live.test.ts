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

  it('is called healthy before the damage and broken after it', async () => {
    const finding = workbench.panel().locator('[data-finding]').first();
    await finding.waitFor({ timeout: 60_000 });
    await workbench
      .row('Findings', /spike|come back|jumped/i)
      .first()
      .waitFor();
    const text = await finding.innerText();
    assert.match(text, /norm|loss/i);
    await workbench.screenshot('live');
  });
});
