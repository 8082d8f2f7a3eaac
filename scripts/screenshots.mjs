/**
 * Takes the pictures of the README and of the walkthrough from the real editor on the sample project: runs the tests
 * that show the run page in its themes and that take the walkthrough, and keeps what they saw.
 */
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { runToEnd } from './editor/processes.mjs';
import { projectRoot } from './editor/tools.mjs';

const LARGEST_BYTES = { README: 500_000, walkthrough: 450_000 };

const runner = path.join(projectRoot, 'test/editor/run.mjs');
await runToEnd(process.execPath, [runner, 'outside', '--grep', 'in its colours (dark|light)|the walkthrough']);

keep(
  'README',
  ['dark', 'light'].map((theme) => [`theme-${theme}`, `screenshot-${theme}`]),
);
mkdirSync(path.join(projectRoot, 'media/walkthrough'), { recursive: true });
keep(
  'walkthrough',
  ['findings', 'run-page', 'fix', 'compare'].map((step) => [`walkthrough-${step}`, `walkthrough/${step}`]),
);

/** Copies pictures to where they are shown; too large ones would make the package large. */
function keep(use, pictures) {
  const sizes = pictures.map(([seen, kept]) => {
    const picture = path.join(projectRoot, `media/${kept}.png`);
    copyFileSync(path.join(projectRoot, `test-results/${seen}.png`), picture);
    return statSync(picture).size;
  });
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${use}: ${pictures.length} pictures, ${(bytes / 1000).toFixed(0)} kB`);
  if (bytes > LARGEST_BYTES[use]) {
    process.exitCode = 1;
  }
}
