import assert from 'node:assert/strict';
import { Workbench } from '../support/workbench.js';

describe('a workspace that is not trusted', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ untrusted: true, files: ['train.py'] });
  });
  after(() => workbench.close());

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
});
