import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../../scripts/editor/tools.mjs';
import { eventually, Workbench } from '../support/workbench.js';

/** Logs of real runs, kept beside the repository and no part of it. */
const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.join(projectRoot, '../shared/corpus');
/** What a nanoGPT training printed: its loss jumps at step 110 and never comes back. */
const LOG = path.join(
  CORPUS,
  'series/text_logs/nanogpt-forks/7c752f_wandb_run-20260329_183841-key5hol9_files_output.log',
);
/** From opening the editor to the fix in the file. */
const WHOLE_WAY_WITHIN_MS = 300_000;

/** The way of the README: install the package, open the folder, read what is found, press the fix. */
describe('a newcomer with a log of their own', () => {
  let workbench: Workbench;
  let began: number;
  const timed: string[] = [];

  const step = async (name: string): Promise<void> => {
    timed.push(`${name} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    await workbench.screenshot(`newcomer-${timed.length}-${name}`);
  };

  before(async function () {
    if (!existsSync(LOG)) {
      this.skip();
    }
    began = performance.now();
    workbench = await Workbench.open({
      name: 'my-training',
      prepare: async (folder) => {
        await rm(path.join(folder, 'runs'), { recursive: true });
        await mkdir(path.join(folder, 'logs'));
        await copyFile(LOG, path.join(folder, 'logs/output.log'));
      },
    });
  });
  after(async () => {
    await (workbench as Workbench | undefined)?.close();
    console.log(`      ${timed.join(', ')}`);
  });

  it('comes to the first useful finding and the first applied fix in under five minutes', async () => {
    await step('opened');

    await workbench.openSidebar();
    const finding = workbench.row('Findings', /spike|diverge|has not come back/i);
    await finding.waitFor();
    await step('finding');

    await finding.click();
    const panel = workbench.panel();
    await panel.locator('.story-part', { hasText: 'What to do' }).first().waitFor();
    await panel.locator('.chart canvas').first().waitFor();
    await step('story');

    await panel.locator('[data-fix="clip-gradients"]').first().click();
    await workbench.choice('train.py').waitFor();
    await step('which-loop');
    await workbench.choice('train.py').click();
    const added = workbench.page.locator('.monaco-diff-editor .view-line', { hasText: 'clip_grad_norm_' }).first();
    await added.waitFor();
    const script = path.join(workbench.folder, 'train.py');
    assert.doesNotMatch(readFileSync(script, 'utf8'), /clip_grad_norm_/, 'nothing changes before the diff is accepted');
    await step('diff');

    await workbench.page.locator('.editor-actions a[aria-label^="Apply Fix"]').click();
    await workbench.page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
    await workbench.line('clip_grad_norm_').first().waitFor();
    await workbench.save();
    await eventually(() => /clip_grad_norm_\(model/.test(readFileSync(script, 'utf8')), 'the fix in the file');
    await step('fixed');
    assert.ok(performance.now() - began < WHOLE_WAY_WITHIN_MS, timed.join(', '));
  });
});
