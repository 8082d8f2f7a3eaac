import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually, type Workbench } from './workbench.js';

/** A fix that was asked for, by what it does to a file. */
interface ExpectedFix {
  readonly file: string;
  /** A word of the text that the fix adds. */
  readonly adds: string;
  /** Matches the file once the fix is made and saved. */
  readonly made: RegExp;
}

const MENU_WITHIN_MS = 15_000;
/** The entry is there when the menu is, unless the menu opened too early. */
const ENTRY_WITHIN_MS = 3000;

const CLIPPING: ExpectedFix = {
  file: 'train.py',
  adds: 'clip_grad_norm_',
  made: /loss\.backward\(\)\n(.*\n)*?\s+torch\.nn\.utils\.clip_grad_norm_\(model\.parameters\(\), .+\)\n(.*\n)*?\s+optimizer\.step\(\)/,
};

/**
 * Goes on from a fix that was asked for: the diff is there and the file is as it was; then the fix is applied and
 * saved; then one undo brings the file back to the byte.
 */
export async function appliesAndUndoes(workbench: Workbench, name: string, fix = CLIPPING): Promise<void> {
  const { page, folder } = workbench;
  const onDisk = (): string => readFileSync(path.join(folder, fix.file), 'utf8');
  const before = onDisk();
  await page.locator('.monaco-diff-editor .view-line', { hasText: fix.adds }).first().waitFor();
  assert.equal(onDisk(), before, 'the file is not changed while the diff is shown');
  await workbench.screenshot(`${name}-diff`);

  await page.locator('.editor-actions a[aria-label^="Apply Fix"]').click();
  await page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
  await workbench.line(fix.adds).first().waitFor();
  await workbench.screenshot(`${name}-applied`);
  await workbench.save();
  await eventually(() => fix.made.test(onDisk()), 'the fix in the saved file');

  await workbench.focusEditorAt(fix.adds);
  await page.keyboard.press('Control+z');
  await workbench.line(fix.adds).first().waitFor({ state: 'detached' });
  await workbench.save();
  await eventually(() => onDisk() === before, 'the file as it was before the fix');
}

/**
 * Picks an entry of the light bulb of the line that holds these words, or where `reach` puts the cursor. The menu shows
 * what was known when it opened, and closes when the problems of its line change, as they do while the first runs are
 * read: then it is opened again.
 */
export async function pickFromLightBulb(
  workbench: Workbench,
  words: string,
  title: string,
  reach = () => workbench.focusEditorAt(words),
): Promise<void> {
  const { page } = workbench;
  const menu = page.locator('.action-widget').first();
  const action = menu.locator('.monaco-list-row', { hasText: title });
  await eventually(async () => {
    if (!(await menu.isVisible())) {
      await reach();
      await page.keyboard.press('Control+.');
      await menu.waitFor({ timeout: MENU_WITHIN_MS }).catch(() => undefined);
    }
    const isPicked = await action.click({ timeout: ENTRY_WITHIN_MS }).then(
      () => true,
      () => false,
    );
    // Without the menu Escape would leave the cell of a notebook.
    if (!isPicked && (await menu.isVisible())) {
      await page.keyboard.press('Escape');
    }
    return isPicked;
  }, `"${title}" in the light bulb`);
}
