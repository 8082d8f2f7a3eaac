/**
 * Takes the pictures of the README, media/screenshot-dark.png and media/screenshot-light.png, from the real editor on
 * the sample project: runs the test that shows the run page in its themes and keeps what it saw.
 */
import { copyFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { runToEnd } from './editor/processes.mjs';
import { projectRoot } from './editor/tools.mjs';

const LARGEST_PAIR_BYTES = 500_000;

const runner = path.join(projectRoot, 'test/editor/run.mjs');
await runToEnd(process.execPath, [runner, 'outside', '--grep', 'in its colours (dark|light)']);

const pictures = ['dark', 'light'].map((name) => {
  const picture = path.join(projectRoot, `media/screenshot-${name}.png`);
  copyFileSync(path.join(projectRoot, `test-results/theme-${name}.png`), picture);
  return picture;
});
const bytes = pictures.reduce((sum, picture) => sum + statSync(picture).size, 0);
console.log(`${pictures.length} pictures, ${(bytes / 1000).toFixed(0)} kB`);
process.exitCode = bytes > LARGEST_PAIR_BYTES ? 1 : 0;
