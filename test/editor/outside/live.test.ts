import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startGroup } from '../../../scripts/editor/processes.mjs';
import { pictureOf } from '../support/pixels.js';
import { eventually, Workbench } from '../support/workbench.js';

/** More than any of these tests waits for: the run ends when the tests stop it, however slow the machine is. */
const ENDLESS = '1000000';

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
    const parameters = ['--name', 'live', '--interval', '25', '--warmup', '40', '--at', '300', '--steps', ENDLESS];
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

  it('grows on its charts: each row on disk is drawn, without the page being loaded again', async () => {
    const page = workbench.panel();
    const canvas = page.locator('[data-chart="loss"] canvas');
    await page.locator('body').evaluate((body) => {
      body.dataset['seen'] = 'before';
    });
    const drawnPoints = async () =>
      Number(/train\/loss: ([\d,]+) points/.exec((await canvas.getAttribute('aria-label'))!)?.[1]?.replaceAll(',', ''));
    const rowsOnDisk = async () => {
      const log = await readFile(path.join(workbench.folder, 'runs/live/metrics.jsonl'), 'utf8');
      return log.split('\n').filter((line) => line.includes('"train/loss"')).length;
    };
    for (let round = 0; round < 3; round++) {
      const [points, picture] = [await drawnPoints(), await pictureOf(canvas)];
      assert.ok(points > 0, `${points} points are drawn`);
      await eventually(async () => (await drawnPoints()) > points, 'further points in the chart');
      await eventually(async () => (await pictureOf(canvas)) !== picture, 'another picture');
    }
    const written = await rowsOnDisk();
    await eventually(async () => (await drawnPoints()) >= written, 'every row that was on disk');
    assert.ok((await drawnPoints()) <= (await rowsOnDisk()), 'no more points than rows');
    assert.equal(await page.locator('body').getAttribute('data-seen'), 'before');
    await workbench.screenshot('live-growing');
  });

  it('is followed by its charts until somebody looks at another stretch', async () => {
    const page = workbench.panel();
    const inView = page.locator('.in-view');
    const pane = page.locator('.chart-pane');
    await pane.focus();
    await pane.press('+');
    await pane.press('End');
    await page.locator('.in-view', { hasText: 'following' }).waitFor();
    const first = await inView.innerText();
    await eventually(async () => (await inView.innerText()) !== first, 'the view to move on');
    await pane.press('Home');
    await page.locator('button', { hasText: 'Follow' }).waitFor();
    const fixed = await inView.innerText();
    const facts = await page.locator('.facts').innerText();
    await eventually(async () => (await page.locator('.facts').innerText()) !== facts, 'a further step');
    assert.equal(await inView.innerText(), fixed);
    await page.locator('button', { hasText: 'Follow' }).click();
    await page.locator('.in-view', { hasText: 'following' }).waitFor();
    await pane.press('0');
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
