/**
 * `npm run test:editor`: the tests that need a real editor. The inside suite runs in the extension host with the real
 * `vscode` API, the outside suite drives the workbench in a browser as a person would. `-- inside` or `-- outside`
 * runs one of them, `--grep WORDS` the tests whose titles hold these words.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../../scripts/editor/browser.mjs';
import { packExtension } from '../../scripts/editor/extensionPackage.mjs';
import { ensureEditorTools } from '../../scripts/editor/tools.mjs';
import { bundleInsideSuite } from './support/bundle.mjs';
import { runInside } from './support/runInside.mjs';
import { runOutside } from './support/runOutside.mjs';
import { createSampleWorkspace } from './support/workspace.mjs';

const SUITES = ['inside', 'outside'];

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.find((name) => !SUITES.includes(name));
if (unknown) {
  console.error(`no such suite: ${unknown}; there are ${SUITES.join(' and ')}`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : SUITES;

// The browser's own handlers would keep this going.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => process.exit(1));
}

const browser = ensureChromium(console.log);
if ('missing' in browser) {
  console.log(`skipped: editor tests: ${browser.missing}`);
  console.log('0 passed, 0 failed');
  process.exit(0);
}

const tools = await ensureEditorTools(console.log);
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-package-'));
const packageFile = path.join(scratch, 'evenkeel.vsix');
await packExtension(packageFile);
bundleInsideSuite();
const workspace = await createSampleWorkspace();
const context = { tools, browser: browser.executable, workspace: workspace.folder, packageFile, grep: values.grep };
let passed = 0;
let failed = 0;
try {
  for (const suite of chosen) {
    console.log(`\n${suite}`);
    const result = await (suite === 'inside' ? runInside(context) : runOutside(context));
    passed += result.passed;
    failed += result.failed;
  }
} finally {
  await workspace.remove();
  rmSync(scratch, { recursive: true });
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
