import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inSteps } from '../support/steps.js';
import { Workbench } from '../support/workbench.js';

/** Some twenty runs of a proxy, an editor and a browser share the machine. */
const PATIENCE_MS = 300_000;

describe('fixes that are tried in the lab', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      files: ['train.py'],
      settings: { 'evenkeel.lab.budget': 900, 'editor.minimap.enabled': false },
    });
    await workbench.openSidebar();
  });
  after(() => workbench.close());

  inSteps('lab', () => workbench);

  const page = () => workbench.panel();

  it('begin from the page of the finding: the proxy, its rules and the runs are shown as they come', async () => {
    await workbench.row('Findings', 'has not come back').click();
    await page().locator('[data-try]').first().click();
    await page().locator('h1', { hasText: 'What helps' }).waitFor();
    await page().locator('.facts', { hasText: 'on a proxy of' }).waitFor({ timeout: PATIENCE_MS });
    await page().locator('.run-training').first().waitFor({ timeout: PATIENCE_MS });
    await page().locator('.board .chart canvas').first().waitFor({ timeout: PATIENCE_MS });
    await workbench.screenshot('lab-begins');
    assert.notEqual(await page().locator('.rules li').count(), 0, 'says how the proxy was made');
  });

  it('can be cancelled, and gone on with after a reload', async () => {
    await page().locator('vscode-button', { hasText: 'Cancel' }).click();
    await page().locator('.stage-stopped').waitFor({ timeout: PATIENCE_MS });
    await workbench.screenshot('lab-stopped');
    await workbench.reload();
    await page().locator('.stage-stopped').waitFor({ timeout: PATIENCE_MS });
    await page().locator('vscode-button', { hasText: 'Resume' }).click();
    await page().locator('.stage-reproducing, .stage-trying').waitFor({ timeout: PATIENCE_MS });
  });

  it('are judged once the symptom shows', async () => {
    const answer = page().locator('.reproduction', { hasText: /^\s*Yes/ });
    await answer.waitFor({ timeout: PATIENCE_MS });
    await page().locator('.arm-verdict').first().waitFor({ timeout: PATIENCE_MS });
    await workbench.screenshot('lab-verdict');
  });

  it('come to an end, with verdicts in which seeds are counted', async () => {
    await page().locator('.stage-done').waitFor({ timeout: PATIENCE_MS });
    const verdicts = await page().locator('.arm-verdict').allInnerTexts();
    assert.ok(verdicts.length >= 3, `verdicts: ${verdicts.join(', ')}`);
    assert.match(await page().locator('.outcome').innerText(), /on a proxy of [\d.,]+ [kM] parameters/);
    await workbench.screenshot('lab-dark');
  });

  it('stand with what came of it in the finding, and look right in light colours', async () => {
    await page().locator('.facts .link').click();
    await page().locator('.fix-trial').first().waitFor();
    assert.match(await page().locator('.fix-trial').first().innerText(), /on a proxy of .* parameters/);
    await page().locator('.fix-trial').first().scrollIntoViewIfNeeded();
    await workbench.screenshot('lab-finding');
    await mkdir(path.join(workbench.folder, '.vscode'), { recursive: true });
    await writeFile(
      path.join(workbench.folder, '.vscode/settings.json'),
      JSON.stringify({ 'workbench.colorTheme': 'Default Light Modern' }),
    );
    await page().locator('[data-try]').first().click();
    await page().locator('.stage-done').waitFor();
    await workbench.screenshot('lab-light');
    assert.deepEqual(await workbench.seriousViolations(), []);
  });
});
