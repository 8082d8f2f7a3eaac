import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { eventually, Workbench } from '../support/workbench.js';

/** The steps of the walkthrough as a person takes them; scripts/screenshots.mjs keeps what is seen on the way. */
describe('the walkthrough', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      settings: {
        'workbench.colorTheme': 'Default Dark Modern',
        'editor.minimap.enabled': false,
        'breadcrumbs.enabled': false,
        'workbench.editor.showTabs': 'none',
      },
      size: { width: 1100, height: 700 },
      name: 'ship-log',
    });
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  after(() => workbench.close());

  const picture = (part: Locator, of: string) =>
    part.screenshot({ path: path.join(projectRoot, 'test-results', `walkthrough-${of}.png`) });

  it('begins in the side bar, with what is most urgent', async () => {
    await workbench.openSidebar();
    await workbench.row('Findings', 'has not come back').waitFor();
    await workbench.row('Findings', 'baseline').waitFor();
    const rows = workbench.page.locator('.pane', { hasText: 'Findings' }).first().locator('.monaco-list-row');
    assert.match((await rows.first().textContent()) ?? '', /spoiled/);
    await picture(workbench.page.locator('.part.sidebar'), 'findings');
  });

  it('goes on to the page of the run', async () => {
    await workbench.row('Findings', 'has not come back').click();
    await workbench.panel().locator('.chart canvas').first().waitFor();
    // The curves are drawn within some frames of their data; nothing in the page says so.
    await workbench.page.waitForTimeout(1500);
    await picture(workbench.page.locator('.part.editor'), 'run-page');
  });

  it('compares two runs, by the keyboard alone', async () => {
    await workbench.runCommand('Compare Run With');
    await workbench.choice('spoiled').waitFor();
    await workbench.quickInput().fill('spoiled');
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-title', { hasText: 'Compare spoiled with' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    const differences = workbench.panel().locator('.differences');
    await differences.locator('caption', { hasText: 'Where the curves part' }).waitFor();
    const loss = differences.locator('tr', { hasText: 'training loss' });
    await loss
      .locator('td', { hasText: /step 4\d\d/ })
      .first()
      .waitFor();
    await differences.locator('tr', { hasText: 'not found' }).first().waitFor();
    await differences.scrollIntoViewIfNeeded();
    await picture(workbench.page.locator('.part.editor'), 'compare');
  });

  it('shows a fix as a diff', async () => {
    await workbench.panel().locator('[data-fix="clip-gradients"]').first().click();
    await workbench.choice('train.py').click();
    await workbench.page.locator('.monaco-diff-editor .view-line', { hasText: 'clip_grad_norm_' }).first().waitFor();
    await workbench.page.locator('.notifications-toasts').waitFor({ state: 'hidden' });
    await picture(workbench.page.locator('.part.editor'), 'fix');
    await workbench.runCommand('Discard Fix');
    await workbench.page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
  });

  // Before the editor's own page of the walkthrough, which takes the focus once more some seconds after it was opened:
  // lists that are open then are dismissed.
  it('writes the run into a file and onto the clipboard', async () => {
    await workbench.openSidebar();
    await workbench.row('Findings', 'has not come back').waitFor();
    await workbench.runCommand('Export Run');
    await workbench.choose('Export a run', 'spoiled');
    await workbench.choose('Export spoiled', 'HTML');
    const file = path.join(workbench.folder, 'spoiled.html');
    await workbench.answerFileDialog(file);
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8').includes('</html>'), 'the page of the run');
    assert.match(readFileSync(file, 'utf8'), /<svg [\s\S]*class="band"/);
    await workbench.runCommand('Copy Run as Issue Text');
    await workbench.choose('Copy a run', 'spoiled');
    // The clipboard is closed to a page that has lost the focus for a moment.
    const clipboard = () => workbench.page.evaluate(() => navigator.clipboard.readText().catch(() => ''));
    await eventually(async () => (await clipboard()).includes('### error:'), 'the issue on the clipboard');
  });

  it('stands in the editor with its pictures', async () => {
    await workbench.runCommand('Evenkeel: Get Started');
    const steps = workbench.page.locator('.gettingStartedContainer .getting-started-step');
    await steps.nth(3).waitFor();
    assert.equal(await steps.count(), 4);
    const image = workbench.page.locator('.gettingStartedContainer img').first();
    await eventually(() => image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth > 0), 'the picture');
    await workbench.screenshot('walkthrough');
  });
});
