import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually, type Workbench } from './workbench.js';

const CLIPPED =
  /loss\.backward\(\)\n(.*\n)*?\s+torch\.nn\.utils\.clip_grad_norm_\(model\.parameters\(\), .+\)\n(.*\n)*?\s+optimizer\.step\(\)/;

/**
 * Goes on from a `clip-gradients` that was asked for in train.py: the diff is there and the file is as it was; then
 * the fix is applied and saved; then one undo brings the file back to the byte.
 */
export async function appliesAndUndoes(workbench: Workbench, name: string): Promise<void> {
  const { page, folder } = workbench;
  const onDisk = (): string => readFileSync(path.join(folder, 'train.py'), 'utf8');
  const before = onDisk();
  await page.locator('.monaco-diff-editor .view-line', { hasText: 'clip_grad_norm_' }).first().waitFor();
  assert.equal(onDisk(), before, 'the file is not changed while the diff is shown');
  await workbench.screenshot(`${name}-diff`);

  await page.locator('.editor-actions a[aria-label^="Apply Fix"]').click();
  await page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
  await workbench.line('clip_grad_norm_').first().waitFor();
  await workbench.screenshot(`${name}-applied`);
  await workbench.save();
  await eventually(() => CLIPPED.test(onDisk()), 'the fix in the saved file');

  await workbench.focusEditorAt('clip_grad_norm_');
  await page.keyboard.press('Control+z');
  await workbench.line('clip_grad_norm_').first().waitFor({ state: 'detached' });
  await workbench.save();
  await eventually(() => onDisk() === before, 'the file as it was before the fix');
}
