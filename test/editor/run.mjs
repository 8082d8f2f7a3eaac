/**
 * `npm run test:editor`: the tests that need a real editor. The inside suite runs in the extension host with the real
 * `vscode` API, the outside suite drives the workbench in a browser as a person would. `-- inside` or `-- outside`
 * runs one of them, `--grep WORDS` the tests whose titles hold these words.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../../scripts/editor/browser.mjs';
import { ensureEditorTools, projectRoot } from '../../scripts/editor/tools.mjs';
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

const browser = ensureChromium(console.log);
if ('missing' in browser) {
  console.log(`skipped: editor tests: ${browser.missing}`);
  console.log('0 passed, 0 failed');
  process.exit(0);
}

const tools = await ensureEditorTools(console.log);
const packageFile = build();
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
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);

/** The package is what the outside suite installs; the inside suite runs what was built for it. */
function build() {
  execFileSync(process.execPath, ['scripts/package.mjs'], { cwd: projectRoot, stdio: ['ignore', 'ignore', 'inherit'] });
  bundleInsideSuite();
  return path.join(projectRoot, 'evenkeel.vsix');
}
