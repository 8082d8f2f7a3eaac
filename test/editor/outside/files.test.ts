import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, Workbench } from '../support/workbench.js';

/** A format of nobody's: no reader knows it. */
const OWN_LINES = Array.from({ length: 120 }, (_, index) => `<<${index}>> cost~${(3 - index / 60).toFixed(3)}`);

describe('files, dialogs and the clipboard', () => {
  let workbench: Workbench;
  let elsewhere: string;
  before(async () => {
    elsewhere = await mkdtemp(path.join(tmpdir(), 'evenkeel-elsewhere-'));
    const rows = Array.from({ length: 50 }, (_, step) => JSON.stringify({ step, loss: 3 - step / 50 }));
    await mkdir(path.join(elsewhere, 'faraway'));
    await writeFile(path.join(elsewhere, 'faraway/metrics.jsonl'), `${rows.join('\n')}\n`);
    workbench = await Workbench.open({
      files: ['own.txt'],
      prepare: (folder) => writeFile(path.join(folder, 'own.txt'), `${OWN_LINES.join('\n')}\n`),
    });
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await workbench.openSidebar();
    await workbench.row('Runs', 'baseline').waitFor();
  });
  after(async () => {
    await workbench.close();
    await rm(elsewhere, { recursive: true });
  });

  it('a pattern is written with its matches in sight, and its log becomes a run', async () => {
    await workbench.focusTab('own.txt');
    await workbench.focusEditorAt('<<3>>');
    await workbench.runCommand('Read a Log by a Pattern');
    const field = workbench.quickInput();
    await field.fill('(?<loss');
    await workbench.quickInputMessage(/Invalid regular expression/);
    await field.fill('<<{step}>> nothing {loss}');
    await workbench.quickInputMessage(/None of the first \d+ lines matches/);
    await field.fill('<<{step}>> cost~{train/loss}');
    await workbench.quickInputMessage(
      /120 of the first \d+ lines match · steps 0 to 119 · train\/loss 3\.000 … 1\.017/,
    );
    await eventually(() => workbench.showsBehindLine('step 3 · train/loss 2.95'), 'the values behind their line');
    await workbench.screenshot('pattern');
    await field.press('Enter');
    await workbench.choice('This file').click();
    await workbench.panel().locator('.page-header h1', { hasText: 'own' }).waitFor();
    await workbench.panel().locator('.facts', { hasText: '120 points' }).waitFor();
    const settings: unknown = JSON.parse(await readFile(path.join(workbench.folder, '.vscode/settings.json'), 'utf8'));
    assert.deepEqual(settings, {
      'evenkeel.readers.textPattern': { 'own.txt': '<<{step}>> cost~{train/loss}' },
    });
  });

  it('a log from anywhere is opened through the dialog', async () => {
    // The list goes when the page that was opened before takes the focus.
    const asked = async (): Promise<boolean> => {
      await workbench.runCommand('Open Log');
      return workbench
        .choice('Log Files')
        .click({ timeout: 10_000 })
        .then(
          () => true,
          () => false,
        );
    };
    await eventually(asked, 'the choice of log files');
    const field = workbench.quickInput();
    await eventually(async () => (await field.inputValue()).startsWith('/'), 'the dialog of files');
    await workbench.answerFileDialog(path.join(elsewhere, 'faraway/metrics.jsonl'));
    await workbench.panel().locator('.page-header h1', { hasText: 'faraway' }).waitFor();
    await workbench.row('Runs', 'faraway').waitFor();
  });

  it('the path of a run is copied', async () => {
    await workbench.pickFromMenu(workbench.row('Runs', 'spoiled'), 'Copy Path');
    const expected = path.join(workbench.folder, 'runs/spoiled');
    // The clipboard is closed to a page that has lost the focus for a moment.
    const copied = () => workbench.page.evaluate(() => navigator.clipboard.readText().catch(() => ''));
    await eventually(async () => (await copied()).startsWith(expected), 'the path on the clipboard');
  });

  it('a run is revealed in the Explorer', async () => {
    await workbench.pickFromMenu(workbench.row('Runs', 'spoiled'), 'Reveal in Explorer');
    const explorer = workbench.page.locator(
      '.explorer-folders-view .monaco-list-row.selected, .explorer-folders-view .monaco-list-row.focused',
    );
    await explorer
      .filter({ hasText: /spoiled|metrics\.jsonl/ })
      .first()
      .waitFor();
    await workbench.openSidebar();
  });

  it('a chart is saved as a table and as a picture, where the dialog says', async () => {
    await workbench.row('Runs', 'baseline').click();
    const page = workbench.panel();
    await page.locator('.page-header h1', { hasText: 'baseline' }).waitFor();
    await page.locator('.legend-value', { hasText: /\d/ }).first().waitFor();
    const saved = async (icon: string, name: string): Promise<Buffer> => {
      const target = path.join(elsewhere, name);
      await page.locator(`[data-chart="loss"] vscode-toolbar-button[icon="${icon}"]`).click();
      const field = workbench.quickInput();
      await eventually(async () => (await field.inputValue()).includes('baseline-Loss'), 'the dialog for saving');
      await workbench.answerFileDialog(target);
      await eventually(() => existsSync(target), name);
      return readFile(target);
    };
    const table = (await saved('table', 'loss.csv')).toString().trimEnd().split('\n');
    assert.equal(table[0], 'run,signal,from,to,minimum,maximum,last,segment,overwritten');
    const train = table.filter((row) => row.includes(',train/loss,'));
    assert.ok(train.length >= 800, `${train.length} rows of the training loss`);
    const picture = await saved('file-media', 'loss.png');
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.ok(picture.length > 5000);
  });

  it('a run is compared with another at the same step', async () => {
    const page = workbench.panel();
    await page.locator('.compare-with').click();
    await page.getByText('spoiled', { exact: true }).last().click();
    await page.locator('.comparison th', { hasText: 'spoiled' }).first().waitFor();
    await eventually(
      async () => /[+−]\d/.test(await page.locator('.comparison .difference').first().innerText()),
      'a difference between the runs',
    );
    await eventually(
      async () => (await page.locator('.comparison .difference:empty').count()) === 0,
      'values of charts that are out of sight, too',
    );
    // The numbers may have pushed the chart out of sight, where charts are not drawn.
    await page.locator('[data-chart="loss"]').scrollIntoViewIfNeeded();
    await page.locator('[data-chart="loss"] .legend-item', { hasText: 'of spoiled' }).first().waitFor();
    await workbench.screenshot('compared');
    await page.locator('.chip vscode-toolbar-button').click();
    await eventually(async () => (await page.locator('.comparison').count()) === 0, 'the end of the comparison');
  });

  it('the log of a run is opened from its page', async () => {
    await workbench.panel().locator('.page-tools vscode-button', { hasText: 'Open log' }).click();
    await workbench.page.locator('.tab', { hasText: 'metrics.jsonl' }).waitFor();
  });
});
