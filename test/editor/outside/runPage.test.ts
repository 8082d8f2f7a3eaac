import assert from 'node:assert/strict';
import { eventually, Workbench } from '../support/workbench.js';
import { appliesAndUndoes } from '../support/fixSteps.js';
import { shareOfRed } from '../support/pixels.js';

describe('a run that went wrong', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: ['train.py'] });
    await workbench.openSidebar();
  });
  after(() => workbench.close());

  it('stands in the sidebar with what is wrong, and a healthy one with what was checked', async () => {
    await workbench.row('Findings', 'has not come back').waitFor();
    await workbench.row('Findings', /Nothing wrong in \d+ checks/).waitFor();
    await workbench.row('Runs', 'baseline').waitFor();
    await workbench.screenshot('sidebar');
  });

  it('opens as a page that tells its story', async () => {
    await workbench.row('Runs', 'spoiled').click();
    const page = workbench.panel();
    await page.locator('.page-header h1', { hasText: 'spoiled' }).waitFor();
    await page.locator('[data-finding]').first().waitFor();
    await page.locator('.verdict.severity-error').waitFor();
    await page.locator('.story', { hasText: 'gradient norm' }).first().waitFor();
  });

  it('has curves, and the finding marked on them', async () => {
    const page = workbench.panel();
    const loss = page.locator('.chart canvas').first();
    await loss.waitFor();
    const finding = page.locator('[data-finding]').first();
    const isOpen = async () => (await finding.getAttribute('aria-expanded')) === 'true';
    assert.ok(await isOpen(), 'the story of the first finding is open');
    await eventually(async () => (await shareOfRed(loss)) > 0.1, 'a tint over the stretch of the finding');
    await workbench.screenshot('run-page');
  });

  it('is answered from its page: a diff first, then the change, and one undo', async () => {
    await workbench.panel().locator('vscode-button[data-fix="clip-gradients"]').first().click();
    await appliesAndUndoes(workbench, 'run-page');
  });

  it('is not what a healthy run looks like', async () => {
    await workbench.row('Runs', 'baseline').click();
    const page = workbench.panel();
    await page.locator('.page-header h1', { hasText: 'baseline' }).waitFor();
    await page.locator('.verdict.healthy').waitFor();
    const loss = page.locator('.chart canvas').first();
    await loss.waitFor();
    assert.equal(await page.locator('[data-finding]').count(), 0);
    assert.ok((await shareOfRed(loss)) < 0.02, 'nothing is marked on the curves');
  });
});
